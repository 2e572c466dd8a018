import io.socket.client.Ack;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.json.JSONArray;
import org.json.JSONObject;

/** What a client must be able to do. The names are those of checks.go, in its order. */
final class Checks {
    private static final Object[] JSON = {
        "text", "", 0, -1, 1.5, true, false, JSONObject.NULL, array(), object(),
        object("a", array(object("b", JSONObject.NULL), array(array("c"))), "d", 2),
    };
    private static final Object[] UNICODE = {
        "안녕하세요 마당", "👋 é ß Ã© \u2028", object("이름", array("철수", "\u0080\u00ff\u0800\uffff", "👨‍👩‍👧")),
    };
    private static final Object[] BINARY = {
        object("deep", array(object("er", data(300))), "text", "x"), array(data(1), array((Object) data(4)), data(2)), data(5), "end",
    };

    static Map<String, Main.Check> all() {
        Map<String, Main.Check> all = new LinkedHashMap<>();
        all.put("connect", clients -> {
            Peer peer = clients.peer().connect();
            JSONObject me = peer.whoami("/");
            same(me.get("nsp"), "/");
            same(me.get("id"), peer.socket("/").id());
        });
        all.put("transport", clients -> {
            Peer peer = clients.peer().connect();
            String want = peer.transport.equals("polling") ? "polling" : "websocket";
            for (int i = 0; i < 100 && !peer.whoami("/").get("transport").equals(want); i++) Thread.sleep(50);
            same(peer.whoami("/").get("transport"), want);
        });
        all.put("auth", clients -> {
            if (Peer.OLD) throw new Main.Missing("its protocol has no auth");
            Peer peer = clients.peer();
            peer.auth = Collections.singletonMap("user", "철수");
            peer.connect();
            same(peer.whoami("/").get("auth"), object("user", "철수"));
        });
        all.put("event", clients -> {
            Peer peer = clients.peer().connect();
            echo(peer, JSON);
            echo(peer);
        });
        all.put("unicode", clients -> {
            Peer peer = clients.peer().connect();
            echo(peer, UNICODE);
            sameArgs(peer.ask("ack", UNICODE), UNICODE);
        });
        all.put("ack", clients -> {
            Peer peer = clients.peer().connect();
            sameArgs(peer.ask("ack", JSON), JSON);
            sameArgs(peer.ask("ack"));
        });
        all.put("question", clients -> {
            Peer peer = clients.peer().connect();
            question(peer, JSON);
            question(peer);
        });
        all.put("binary", clients -> echo(clients.peer().connect(), BINARY));
        all.put("binary ack", clients -> sameArgs(clients.peer().connect().ask("ack", BINARY), BINARY));
        all.put("binary question", clients -> question(clients.peer().connect(), BINARY));
        all.put("empty binary", clients -> echo(clients.peer().connect(), data(0), object("a", array((Object) data(0)))));
        all.put("large text", clients -> echo(clients.peer().connect(), new String(new char[100_000]).replace('\0', 'x')));
        all.put("large binary", clients -> echo(clients.peer().connect(), data(100_000)));
        all.put("namespace", Checks::namespace);
        all.put("room", Checks::room);
        all.put("refused", Checks::refused);
        all.put("leave", Checks::leave);
        all.put("kick", clients -> {
            Peer peer = clients.peer().connect("/chat");
            peer.socket("/chat").emit("kick", false);
            sameArgs(peer.inbox("/chat", "disconnect").next(), "io server disconnect");
            echo(peer, "the other namespace stays");
        });
        all.put("stay away", clients -> {
            Peer peer = clients.peer().connect();
            peer.emit("kick", false);
            sameArgs(peer.inbox("disconnect").next(), "io server disconnect");
            Thread.sleep(1500);
            expect(peer.inbox("welcome").isEmpty(), "it came back");
        });
        all.put("kick whole", clients -> {
            Peer peer = clients.peer().connect("/chat");
            peer.socket("/chat").emit("kick", true);
            sameArgs(peer.inbox("/", "disconnect").next(), "io server disconnect");
            sameArgs(peer.inbox("/chat", "disconnect").next(), "io server disconnect");
        });
        all.put("restart", Checks::restart);
        all.put("idle", clients -> {
            Peer peer = clients.peer().connect();
            String id = peer.id();
            Thread.sleep(3000); // longer than the server waits for a heartbeat
            expect(peer.inbox("disconnect").isEmpty(), "disconnected");
            same(peer.id(), id);
        });
        return all;
    }

    private static void echo(Peer peer, Object... args) throws Exception {
        Inbox echo = peer.inbox("echo");
        peer.emit("echo", args);
        sameArgs(echo.next(), args);
    }

    /** The server asks with the arguments that it was told, gets them back and tells them. */
    private static void question(Peer peer, Object... args) throws Exception {
        Inbox answer = peer.inbox("answer");
        peer.socket("/").off("question");
        peer.socket("/").on("question", all -> ((Ack) all[all.length - 1]).call(Arrays.copyOf(all, all.length - 1)));
        peer.emit("ask", args);
        sameArgs(answer.next(), args);
    }

    private static void namespace(Main.Clients clients) throws Exception {
        Peer peer = clients.peer().connect("/chat");
        Inbox stray = peer.inbox("echo"), chat = peer.inbox("/chat", "echo");
        same(peer.whoami("/chat").get("nsp"), "/chat");
        peer.socket("/chat").emit("echo", "chat", data(3));
        sameArgs(chat.next(), "chat", data(3));
        peer.ask("ack");
        expect(stray.isEmpty(), "an event of /chat came to /");
        echo(peer, "main");
    }

    private static void room(Main.Clients clients) throws Exception {
        Peer[] peers = {clients.peer().connect(), clients.peer().connect(), clients.peer().connect()};
        Peer a = peers[0], b = peers[1], c = peers[2];
        for (Peer peer : peers) peer.inbox("said");
        sameArgs(a.ask("join", "방"), true);
        sameArgs(b.ask("join", "방"), true);
        Object[] say = new Object[BINARY.length + 1];
        say[0] = "방";
        System.arraycopy(BINARY, 0, say, 1, BINARY.length);
        a.emit("say", say);
        sameArgs(b.inbox("said").next(), BINARY);
        c.emit("shout", "방", "all");
        sameArgs(a.inbox("said").next(), "all");
        sameArgs(b.inbox("said").next(), "all");
        sameArgs(b.ask("leave", "방"), true);
        a.emit("shout", "방", "after");
        sameArgs(a.inbox("said").next(), "after");
        // What was sent before an answer has arrived before it.
        b.ask("ack");
        c.ask("ack");
        for (Peer peer : peers) expect(peer.inbox("said").isEmpty(), "somebody heard too much");
    }

    private static void refused(Main.Clients clients) throws Exception {
        Peer peer = clients.peer().connect();
        if (Peer.OLD) {
            Inbox refusal = peer.inbox("/closed", "error");
            peer.socket("/closed").connect();
            sameArgs(refusal.next(), "closed");
            throw new Main.Missing("it drops an error with data; one without arrives");
        }
        Inbox refusal = peer.inbox("/deny", "connect_error");
        peer.socket("/deny").connect();
        sameArgs(refusal.next(), object("message", "not allowed", "data", object("code", 403)));
        echo(peer, "the connection stays");
    }

    private static void leave(Main.Clients clients) throws Exception {
        Peer observer = clients.peer().connect(), peer = clients.peer().connect();
        String id = peer.id();
        peer.socket("/").disconnect();
        sameArgs(peer.inbox("disconnect").next(), "io client disconnect");
        Object why = JSONObject.NULL;
        for (int i = 0; i < 200 && why == JSONObject.NULL; i++) {
            Thread.sleep(50);
            why = observer.ask("reasonOf", id)[0];
        }
        same(why, "client namespace disconnect");
    }

    private static void restart(Main.Clients clients) throws Exception {
        Peer peer = clients.peer().connect("/chat");
        String before = peer.id();
        System.out.println("kill");
        System.out.flush();
        peer.inbox("disconnect").next();
        sameArgs(peer.inbox("welcome").next(), "/");
        sameArgs(peer.inbox("/chat", "welcome").next(), "/chat");
        expect(!peer.id().equals(before), "the same id after a restart");
        echo(peer, "again");
        sameArgs(peer.askIn("/chat", "ack", "again"), "again");
    }

    static byte[] data(int length) {
        byte[] data = new byte[length];
        for (int i = 0; i < length; i++) data[i] = (byte) (i * 31);
        return data;
    }

    static JSONObject object(Object... pairs) {
        Map<String, Object> map = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) map.put((String) pairs[i], pairs[i + 1]);
        return new JSONObject(map);
    }

    static JSONArray array(Object... values) {
        JSONArray array = new JSONArray();
        for (Object value : values) array.put(value);
        return array;
    }

    private static Object[] values(JSONArray array) {
        Object[] values = new Object[array.length()];
        for (int i = 0; i < values.length; i++) values[i] = array.opt(i);
        return values;
    }

    static void expect(boolean ok, String otherwise) {
        if (!ok) throw new AssertionError(otherwise);
    }

    static void sameArgs(Object[] got, Object... want) {
        same(got, (Object) want);
    }

    static void same(Object got, Object want) {
        String a = plain(got).toString(), b = plain(want).toString();
        if (a.equals(b)) return;
        int at = 0;
        while (at < Math.min(a.length(), b.length()) && a.charAt(at) == b.charAt(at)) at++;
        throw new AssertionError("after " + at + " characters: got " + cut(a, at) + ", want " + cut(b, at));
    }

    private static String cut(String s, int from) {
        return s.substring(from, Math.min(s.length(), from + 80));
    }

    /** A value of one form, whichever classes it had. */
    private static Object plain(Object v) {
        List<Object> list = new ArrayList<>();
        if (v instanceof Object[]) {
            for (Object item : (Object[]) v) list.add(plain(item));
            return list;
        }
        if (v instanceof JSONArray) return plain(values((JSONArray) v));
        if (v instanceof JSONObject) {
            Map<String, Object> map = new TreeMap<>();
            for (Iterator<?> keys = ((JSONObject) v).keys(); keys.hasNext(); ) {
                String key = (String) keys.next();
                map.put(key, plain(((JSONObject) v).opt(key)));
            }
            return map;
        }
        if (v instanceof byte[]) return "bytes" + Arrays.toString((byte[]) v);
        if (v instanceof Number) return ((Number) v).doubleValue();
        return v == null || v == JSONObject.NULL ? "null" : v instanceof String ? "\"" + v + "\"" : v;
    }
}
