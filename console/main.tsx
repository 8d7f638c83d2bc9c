import { render } from "preact";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "uplot/dist/uPlot.min.css";
import { App } from "./app.tsx";
import { watchConnection } from "./live/watchConnection.ts";
import { startRouter } from "./route/router.ts";

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no root");
startRouter();
watchConnection();
render(<App />, root);
