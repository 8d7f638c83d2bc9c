import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { curlOf } from "../../console/api/curl.ts";

/** The arguments that a shell makes of the command, one in each line of JSON. */
const argumentsOf = (command: string): string[] => {
  const script = `curl() { node -e 'console.log(JSON.stringify(process.argv.slice(1)))' -- "$@"; }; ${command}`;
  return JSON.parse(
    execFileSync("sh", ["-c", script], { env: { ...process.env, TOKEN: "t" } }).toString(),
  );
};

const hostile = [
  "it's",
  "$(touch /tmp/x)",
  "`id`",
  "a\nb",
  "\u001b[31mred",
  "\u202eright",
  '"; rm -rf ~; "',
  "\\",
  "💥",
];

it("gives a shell exactly the URL and the body, whatever they contain", () => {
  for (const text of hostile) {
    const url = new URL(`http://127.0.0.1/v1/devices/${encodeURIComponent(text)}`);
    const command = curlOf(url, { method: "POST", path: "", body: { text } });
    const given = argumentsOf(command);
    expect(given).toContain(url.href);
    expect(JSON.parse(given.at(-1)!)).toEqual({ text });
  }
});

it("sends a file as a form, and no text as the name of a file", () => {
  for (const text of [...hostile, "@/etc/passwd", "</etc/passwd"]) {
    const form = { file: `a;type=x,${text}.bin`, fields: { title: text } };
    const command = curlOf(new URL("http://127.0.0.1/"), { method: "POST", path: "", form });
    expect(command).toMatch(/^[\n\x20-\x7e]*$/);
    const given = argumentsOf(command);
    expect(given.filter((one) => one.startsWith("file=@"))).toEqual([
      expect.not.stringMatching(/[;,"\\\n]/),
    ]);
    const title = given.findIndex((one) => one.startsWith("title="));
    expect(given[title - 1]).toBe("--form-string");
    expect(given[title]).toBe(`title=${text.replace(/[^ -~\n]/g, "?")}`);
  }
});

it("contains only printable ASCII", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const body = { [text]: text };
      const command = curlOf(new URL("http://127.0.0.1/"), { method: "PUT", path: "", body });
      expect(command).toMatch(/^[\n\x20-\x7e]*$/);
    }),
  );
});
