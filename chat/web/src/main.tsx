import { render } from "preact";
import { App } from "./app";
import { refuseDrops } from "./drop";
import "./style/main.css";

refuseDrops(window);
render(<App />, document.getElementById("app")!);
