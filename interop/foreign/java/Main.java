import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * All checks of socket.io-client-java: java Main URL polling|websocket|upgrade
 *
 * Each check prints one line: "ok NAME", "FAIL NAME: WHY" or "none NAME: WHY". A line "kill" asks the caller to kill the
 * server and to start it again.
 */
public final class Main {
    /** The client has no such thing. */
    static final class Missing extends Exception {
        Missing(String why) {
            super(why);
        }
    }

    /** Makes clients, and closes them when the check is over. */
    interface Clients {
        Peer peer();
    }

    interface Check {
        void run(Clients clients) throws Exception;
    }

    public static void main(String[] args) {
        for (Map.Entry<String, Check> entry : Checks.all().entrySet()) {
            String name = entry.getKey();
            List<Peer> peers = new ArrayList<>();
            try {
                entry.getValue().run(() -> {
                    Peer peer = new Peer(args[0], args[1]);
                    peers.add(peer);
                    return peer;
                });
                System.out.println("ok " + name);
            } catch (Missing e) {
                System.out.println("none " + name + ": " + e.getMessage());
            } catch (Throwable e) {
                System.out.println("FAIL " + name + ": " + e.toString().replace('\n', ' '));
            }
            for (Peer peer : peers) peer.close();
        }
        System.out.flush();
        System.exit(0); // threads of the library would keep the program alive
    }
}
