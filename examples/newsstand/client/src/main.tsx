import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ChatPanel } from "./ChatPanel";
import { useTheme } from "./theme";

function Page() {
  const [theme, toggle] = useTheme();
  return (
    <>
      <header>
        <h1>뉴스 가판대</h1>
        <button type="button" onClick={toggle} aria-pressed={theme === "dark"}>
          {theme === "dark" ? "밝게 보기" : "어둡게 보기"}
        </button>
      </header>
      <main>
        <article>
          <h2>마당에 모인 사람들</h2>
          <p>오늘도 사람들이 마당에 모여 이야기를 나눕니다. 오른쪽 아래 단추를 누르면 함께할 수 있습니다.</p>
        </article>
      </main>
      <ChatPanel />
    </>
  );
}

createRoot(document.getElementById("root")!).render(<StrictMode><Page /></StrictMode>);
