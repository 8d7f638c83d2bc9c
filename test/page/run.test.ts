import { expect, it } from "vitest";
import { run } from "../../page/run.ts";

const asked = async (line: string, reply: unknown = {}) => {
  const requests: object[] = [];
  const text = await run(line.split(" ").filter(Boolean), async (request) => {
    requests.push(request);
    return reply;
  });
  return { text, requests };
};

it.each([
  ["test", { test: {} }],
  ["list", { list: {} }],
  ["replay p1", { replay: { page: "p1" } }],
  ["ack sns", { acknowledge: { way: "sns" } }],
  ["receivers --region us-east-1", { receivers: {} }],
])("%s asks the watcher", async (line, request) => {
  expect((await asked(line)).requests).toEqual([request]);
});

it.each(["", "--help", "list --help"])("'%s' prints the help and asks nothing", async (line) => {
  const { text, requests } = await asked(line);
  expect(text).toContain("npm run page -- COMMAND");
  expect(requests).toEqual([]);
});

it.each([
  ["lst", "Did you mean list?"],
  ["replay", "replay takes one argument"],
  ["list all", "list takes no argument"],
  ["list --jsn", "Unknown option '--jsn'. Did you mean '--json'? Try --help."],
  ["list --state", "Option '--state <value>' argument missing. Try --help."],
])("%s is refused", async (line, message) => {
  await expect(asked(line)).rejects.toThrow(message);
});

it("shows each page in a line, with its deliveries", async () => {
  const deliveries = [
    { receiver: "on-call", told: "trigger", dead_letter: null },
    { receiver: "team", told: "nothing", dead_letter: "400" },
  ];
  const { text } = await asked("list", { rows: [{ id: "p1", state: "open", deliveries }] });
  expect(text).toContain("on-call trigger, team dead");
});
