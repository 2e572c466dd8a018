import { render } from "preact";
import { App } from "./app";
import "./style/main.css";

render(<App />, document.getElementById("app")!);
