import { useEffect, useRef, useState, type FormEvent } from "react";
import { socket, type Line } from "./socket";

// The list lives as long as the page; closing the panel only hides it.
function useChat() {
  const [lines, setLines] = useState<Line[]>([]);
  const [connected, setConnected] = useState(false);
  useEffect(() => {
    const history = (all: Line[]) => setLines(all);
    const add = (line: Line) => setLines((old) => [...old, line]);
    const up = () => setConnected(true);
    const down = () => setConnected(false);
    socket.on("previous messages", history);
    socket.on("chat message", add);
    socket.on("connect", up);
    socket.on("disconnect", down);
    socket.connect();
    return () => {
      socket.off("previous messages", history);
      socket.off("chat message", add);
      socket.off("connect", up);
      socket.off("disconnect", down);
      socket.disconnect();
    };
  }, []);
  return { lines, connected };
}

export function ChatPanel() {
  const { lines, connected } = useChat();
  const [open, setOpen] = useState(false);
  const [nickname, setNickname] = useState(() => localStorage.getItem("nickname") ?? "");
  const [message, setMessage] = useState("");
  const [problem, setProblem] = useState("");
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => { end.current?.scrollIntoView({ block: "nearest" }); }, [lines, open]);

  function send(event: FormEvent) {
    event.preventDefault();
    if (!nickname.trim() || !message.trim()) return;
    localStorage.setItem("nickname", nickname);
    setMessage("");
    socket.timeout(5000).emit("chat message", { nickname, message }, (late, refusal) => {
      setProblem(late ? "서버가 답하지 않습니다." : refusal?.error.message ?? "");
    });
  }

  return (
    <aside className="chat">
      <section id="panel" aria-label="채팅" hidden={!open}>
        <p role="status">{connected ? "연결됨" : "연결 중…"}</p>
        <div className="lines" role="log">
          {lines.map((line, i) => (
            <p key={i} className={line.nickname === nickname ? "mine" : ""}><b>{line.nickname}</b> {line.message}</p>
          ))}
          <div ref={end} />
        </div>
        {problem && <p role="alert">{problem}</p>}
        <form onSubmit={send}>
          <input aria-label="별명" placeholder="별명" maxLength={20} value={nickname} onChange={(e) => setNickname(e.target.value)} />
          <input aria-label="메시지" placeholder="메시지" maxLength={50} autoComplete="off" value={message} onChange={(e) => setMessage(e.target.value)} />
          <button>보내기</button>
        </form>
      </section>
      <button type="button" className="toggle" aria-controls="panel" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "닫기" : "채팅"}
      </button>
    </aside>
  );
}
