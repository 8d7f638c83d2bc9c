import { describe, expect, it } from "vitest";
import { logFunctionLine } from "../../../local/lambda/environment/functionOutput.ts";
import { type LogFormat, openLog } from "../../../local/platform/log.ts";

const open = (format: LogFormat) => {
  const lines: string[] = [];
  const log = openLog(
    format,
    (line) => lines.push(line),
    () => new Date("2025-01-02T03:04:05.678Z"),
  );
  return { lines, log };
};

const failure = new Error("the table\ndoes not answer", { cause: new Error("ECONNREFUSED") });

describe("a text log", () => {
  it("writes time, level, function, message and fields on one line", () => {
    const { lines, log } = open("text");
    log("batch failed", { function: "route", messages: 3, reason: "too late" }, "error");
    expect(lines).toEqual([
      '03:04:05.678 error route: batch failed messages=3 reason="too late"\n',
    ]);
  });

  it("keeps an error with its causes on one line", () => {
    const { lines, log } = open("text");
    log("request failed", { error: failure });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain("\n");
    expect(lines[0]).toContain("ECONNREFUSED");
  });

  it.each([
    [
      "a circular value",
      (() => {
        const circle: { self?: unknown } = {};
        circle.self = circle;
        return circle;
      })(),
    ],
    ["a bigint", 1n],
    ["nothing", undefined],
    ["a line break", "a\r\nb"],
  ])("writes one line for %s", (_, value) => {
    for (const format of ["text", "json"] as const) {
      const { lines, log } = open(format);
      log("it\nhappened", { value });
      expect(lines).toHaveLength(1);
      expect(lines[0]?.trimEnd()).not.toContain("\n");
    }
  });
});

it("text of devices and targets does not control the terminal", () => {
  for (const format of ["text", "json"] as const) {
    const { lines, log } = open(format);
    log("failed", {
      name: "a\u001b[2J",
      reply: "b\u009b2J\u202e",
      error: new Error("\u001b]0;x\u0007"),
    });
    expect(lines.join("")).not.toMatch(/[^\n -~]/);
  }
});

describe("a JSON log", () => {
  it("writes one object per line, with the stack of an error", () => {
    const { lines, log } = open("json");
    log("request failed", { path: "/v1/devices", error: failure }, "error");
    const [line = ""] = lines;
    expect(JSON.parse(line)).toMatchObject({
      time: "2025-01-02T03:04:05.678Z",
      level: "error",
      message: "request failed",
      path: "/v1/devices",
      error: { name: "Error", message: failure.message, stack: failure.stack },
    });
  });
});

describe("a line of a function's output", () => {
  it("keeps the level, message and fields of the function's logger", () => {
    const { lines, log } = open("text");
    const line = JSON.stringify({
      level: "WARN",
      message: "attempt failed",
      timestamp: "2025-01-02T03:04:05.678Z",
      service: "deliver",
      sampling_rate: 0,
      xray_trace_id: "1-2",
      attempt: 2,
      error: { name: "Failure", message: "the target answered 503", stack: "…\n…" },
    });
    logFunctionLine(log, "deliver", line);
    expect(lines).toEqual([
      '03:04:05.678 warn  deliver: attempt failed attempt=2 error="Failure: the target answered 503"\n',
    ]);
  });

  it.each(["plain text", "{not json", '{"level":"LOUD","message":"x"}', "[]", '{"a":1}'])(
    "logs other output unchanged: %s",
    (line) => {
      const { lines, log } = open("json");
      logFunctionLine(log, "route", line);
      const [written = ""] = lines;
      expect(JSON.parse(written)).toMatchObject({ level: "info", function: "route", line });
    },
  );
});
