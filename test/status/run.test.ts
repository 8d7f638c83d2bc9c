import { expect, it } from "vitest";
import { operationsRoutes } from "#shared/routes/operationsRoutes.ts";
import { UsageError } from "../../admin/usageError.ts";
import { run } from "../../status/run.ts";

const sick = operationsRoutes.showOperations.example.reply;
const well = { ...Object(sick), problems: [], alarms: [], alarms_firing: 0 };

const shown = (line: string, reply: unknown = well) =>
  run(line.split(" ").filter(Boolean), async () => reply);

it("shows the problems first, and exits with 1", async () => {
  const { text, exitCode } = await shown("", sick);
  expect(exitCode).toBe(1);
  expect(text.split("\n")[1]).toBe(
    "  us-east-1: A queue falls behind. (docs/runbook.md#a-queue-falls-behind)",
  );
});

it("exits with 0 without a problem", async () => {
  const { text, exitCode } = await shown("--state data");
  expect(exitCode).toBe(0);
  expect(text).toContain("no problems");
  expect(text).toMatch(/Events\s+degraded_performance/);
});

it("says what is unknown", async () => {
  const { text } = await shown("", { ...well, pages: null, heartbeats: null });
  expect(text).toContain("Open pages: unknown");
  expect(text).toContain("Heartbeats: unknown");
  const unavailable = [{ source: "alarms", region: "eu-west-1", reason: "late" }];
  expect((await shown("", { ...well, unavailable })).text).toContain(
    "Alarms (unknown in eu-west-1): none",
  );
});

it("--json prints the reply of the API, with the same exit code", async () => {
  const { text, exitCode } = await shown("--json", sick);
  expect(JSON.parse(text)).toEqual(sick);
  expect(exitCode).toBe(1);
});

it("--help prints the help and asks nothing", async () => {
  const answer = await run(["--help"], async () => {
    throw new Error("asked");
  });
  expect(answer.text).toContain("npm run status -- [options]");
});

it.each(["--jsn", "now", "--state"])("'%s' is refused", async (line) => {
  await expect(shown(line)).rejects.toThrow(UsageError);
});

it("suggests the option that was meant", async () => {
  await expect(shown("--jsn")).rejects.toThrow(
    "Unknown option '--jsn'. Did you mean '--json'? Try --help.",
  );
});

it("does not show an answer that it does not understand", async () => {
  await expect(shown("", { status: "green" })).rejects.toThrow("--json");
  expect(await shown("--json", { status: "green" })).toMatchObject({ exitCode: 1 });
});
