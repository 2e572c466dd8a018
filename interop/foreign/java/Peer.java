import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Manager;
import io.socket.client.Socket;
import java.lang.reflect.Field;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.json.JSONObject;

/** One connection with the sockets of its namespaces. */
final class Peer {
    /** Version 1 speaks the protocol of JavaScript's version 2. */
    static final boolean OLD = auth() == null;

    final String transport;
    private final String url;
    private final Map<String, Socket> sockets = new HashMap<>();
    private final Map<String, Inbox> inboxes = new HashMap<>();
    private Manager manager;
    Map<String, String> auth;

    Peer(String url, String transport) {
        this.url = url;
        this.transport = transport;
    }

    /** The option that version 1 doesn't know. */
    private static Field auth() {
        try {
            return IO.Options.class.getField("auth");
        } catch (NoSuchFieldException e) {
            return null;
        }
    }

    /** The socket of a namespace, made before it connects. */
    Socket socket(String namespace) throws Exception {
        Socket socket = sockets.get(namespace);
        if (socket != null) return socket;
        if (manager == null) {
            IO.Options options = new IO.Options();
            options.forceNew = true;
            options.reconnectionDelay = 100;
            options.reconnectionDelayMax = 500;
            if (!transport.equals("upgrade")) options.transports = new String[] {transport};
            if (auth != null) auth().set(options, auth);
            socket = IO.socket(new URI(url + namespace), options);
            manager = socket.io();
        } else {
            socket = manager.socket(namespace);
        }
        sockets.put(namespace, socket);
        inbox(namespace, "welcome");
        inbox(namespace, "disconnect");
        return socket;
    }

    Peer connect(String... others) throws Exception {
        List<String> names = new ArrayList<>(Arrays.asList("/"));
        names.addAll(Arrays.asList(others));
        for (String name : names) socket(name).connect();
        for (String name : names) Checks.sameArgs(inbox(name, "welcome").next(), name);
        return this;
    }

    Inbox inbox(String event) throws Exception {
        return inbox("/", event);
    }

    Inbox inbox(String namespace, String event) throws Exception {
        String key = namespace + " " + event;
        Inbox box = inboxes.get(key);
        if (box == null) {
            Inbox made = box = new Inbox(event);
            inboxes.put(key, made);
            socket(namespace).on(event, made::put);
        }
        return box;
    }

    void emit(String event, Object... args) throws Exception {
        socket("/").emit(event, args);
    }

    Object[] ask(String event, Object... args) throws Exception {
        return askIn("/", event, args);
    }

    Object[] askIn(String namespace, String event, Object... args) throws Exception {
        Inbox answer = new Inbox("answer to " + event);
        Object[] all = Arrays.copyOf(args, args.length + 1);
        all[args.length] = (Ack) answer::put;
        socket(namespace).emit(event, all);
        return answer.next();
    }

    JSONObject whoami(String namespace) throws Exception {
        return (JSONObject) askIn(namespace, "whoami")[0];
    }

    String id() throws Exception {
        return whoami("/").getString("id");
    }

    void close() {
        for (Socket socket : sockets.values()) socket.disconnect();
    }
}
