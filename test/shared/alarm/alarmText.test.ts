import { describe, expect, it } from "vitest";
import { type AlarmText, parseAlarmText, renderAlarmText } from "#shared/alarm/alarmText.ts";
import { component, componentNames, components } from "#shared/alarm/component.ts";

const text: AlarmText = {
  sentence: "The function route fails.",
  severity: "error",
  components: ["events", "integrations"],
  runbook: "a-function-fails",
};
const rendered =
  "The function route fails. Severity: error. Components: events, integrations. Runbook: docs/runbook.md#a-function-fails";

describe("the text of an alarm", () => {
  it("has one form, which is read back", () => {
    expect(renderAlarmText(text)).toBe(rendered);
    expect(parseAlarmText(rendered)).toEqual(text);
  });

  it("of a warning may have no component", () => {
    const warning: AlarmText = { ...text, severity: "warning", components: [] };
    expect(renderAlarmText(warning)).toContain(" Components: none. ");
    expect(parseAlarmText(renderAlarmText(warning))).toEqual(warning);
  });

  it("may have several sentences, and words of the form in them", () => {
    const sentence = "IoT throttles. Severity: none. It is late.";
    expect(parseAlarmText(renderAlarmText({ ...text, sentence }))).toEqual({ ...text, sentence });
  });

  it.each<[string, Partial<AlarmText>]>([
    ["an error without a component", { components: [] }],
    ["a sentence without a full stop", { sentence: "The function fails" }],
    ["no sentence", { sentence: "" }],
    ["a line break", { sentence: "It fails.\nIt fails." }],
    ["a component twice", { components: ["events", "events"] }],
    ["components in another order", { components: ["integrations", "events"] }],
    ["no runbook", { runbook: "" }],
    ["an anchor that no heading has", { runbook: "A function" }],
    ["more than CloudWatch stores", { sentence: `${"x".repeat(1_000)}.` }],
  ])("is refused with %s", (_, changed) => {
    expect(() => renderAlarmText({ ...text, ...changed })).toThrow(RangeError);
  });

  it.each([
    "",
    "The function route fails. docs/runbook.md#a-function-fails",
    rendered.replace("error", "fatal"),
    rendered.replace("events", "gadgets"),
    rendered.replace("events, integrations", "integrations, events"),
    rendered.replace("events, integrations", "events, events"),
    rendered.replace("events, integrations", "none"),
    rendered.replace("events, integrations", "events,integrations"),
    rendered.replace("Components: events, integrations. ", ""),
    rendered.replace("docs/runbook.md", "https://example.org/runbook"),
    `${rendered} `,
    ` ${rendered}`,
    `${rendered}\n`,
    `${"x".repeat(1_000)}${rendered}`,
  ])("in another form is not read: %j", (description) => {
    expect(parseAlarmText(description)).toBeUndefined();
  });
});

it("every component has a name of its own", () => {
  expect(components).toEqual(component.options);
  expect(Object.keys(componentNames)).toEqual(components);
  expect(new Set(Object.values(componentNames)).size).toBe(components.length);
});
