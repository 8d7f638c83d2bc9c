import { describe, expect, it } from "vitest";
import {
  changesOf,
  draftOf,
  settingsOf,
  settingsOfDraft,
} from "../../console/screens/integrationForm/settings.ts";
import { templates } from "../../console/screens/integrationForm/templates.ts";

const details = {
  id: "1",
  created_at: "2026-01-01T00:00:00.000Z",
  counters: [],
  logs: [],
  errors: [],
  signed: true,
  integration_type: "Webhook",
  event: "t",
  name: "n",
  url: "https://example.com/",
  requestType: "PUT",
  noDefaults: true,
  rejectUnauthorized: true,
  disabled: false,
  headers: { "X-Key": "********", "Content-Type": "text/x: y" },
  deadline: 60,
};

describe("the form of a webhook", () => {
  it.each([
    ["a JSON object", { json: { a: "{{b}}", c: { d: "1" } } }],
    ["a template of JSON text", { json: '{"a": {{b}} }' }],
    ["a form", { form: { a: "{{b}}" } }],
    ["a text", { body: "climate c={{celsius}}" }],
    ["no body", {}],
  ])("changes nothing that a person has not changed: %s", (_, body) => {
    const before = settingsOf({ ...details, ...body });
    expect(changesOf(before, settingsOfDraft(draftOf(before)))).toEqual({});
  });

  it("sends only what has changed, and removes what is gone", () => {
    const before = settingsOf({ ...details, json: { a: "1" }, deviceID: "lamp" });
    const draft = { ...draftOf(before), device: "", body: "body" as const, content: "x" };
    expect(changesOf(before, settingsOfDraft(draft))).toEqual({
      deviceID: null,
      json: null,
      body: "x",
    });
  });

  it("says which header it cannot read", () => {
    const draft = { ...draftOf(settingsOf(details)), headers: "no colon" };
    expect(() => settingsOfDraft(draft)).toThrow('The header "no colon" has no colon');
  });

  it("has templates with different ids and events that match", () => {
    expect(new Set(templates.map(({ id }) => id)).size).toBe(templates.length);
    for (const { draft, example } of templates) {
      expect(example.name.startsWith(draft.event)).toBe(true);
      expect(settingsOfDraft(draft)).toMatchObject({ integration_type: "Webhook" });
    }
  });
});
