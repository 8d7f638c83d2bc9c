import { createHash } from "node:crypto";

/*
 * The page behind the link of a self-test. Mail scanners open links and some run scripts, so that
 * opening it must not acknowledge. A person who opens it moves the pointer, touches the screen or
 * presses a key: the first of these sends the form. Without JavaScript the button does.
 */

const script = `
const form = document.forms[0];
const send = (event) => { if (event.isTrusted && document.hasFocus()) form.requestSubmit(); };
for (const kind of ["pointermove", "pointerdown", "keydown"]) addEventListener(kind, send, { once: true });
`;

const style =
  "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;color-scheme:light dark}button{font:inherit;padding:.6rem 1.2rem}";

const hashOf = (text: string): string =>
  `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Only this script and this style run, and the form goes to this API. */
export const formPolicy = `default-src 'none'; script-src ${hashOf(script)}; style-src ${hashOf(style)}; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${style}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;

/** The form. It posts to its own URL, which has the signature. */
export const acknowledgeForm = (): string =>
  page(
    "Acknowledge the self-test",
    `<p>You received a self-test of Godwit's pages. Nothing is broken.</p><form method="post"><button>Acknowledge</button></form><script>${script}</script>`,
  );

/** What a person sees after the form was sent. */
export const acknowledgedPage = (): string =>
  page("Acknowledged", "<p>Thank you. The pages reach you by this way.</p>");
