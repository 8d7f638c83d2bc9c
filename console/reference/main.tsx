import { render } from "preact";
import "../styles/base.css";
import "../styles/controls.css";
import "../styles/layout.css";
import "./reference.css";
import { ReferencePage } from "./reference.tsx";

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no root");
render(<ReferencePage />, root);
