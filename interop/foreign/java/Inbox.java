import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The arguments of events of one name, as they come. */
final class Inbox {
    private final LinkedBlockingQueue<Object[]> queue = new LinkedBlockingQueue<>();
    private final String name;

    Inbox(String name) {
        this.name = name;
    }

    void put(Object... args) {
        queue.add(args);
    }

    Object[] next() throws Exception {
        Object[] args = queue.poll(20, TimeUnit.SECONDS);
        if (args == null) throw new TimeoutException("no " + name);
        return args;
    }

    boolean isEmpty() {
        return queue.isEmpty();
    }
}
