import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { integrationInput } from "#shared/integration/integrationInput.ts";
import {
  fieldsOf,
  kinds,
  missingOf,
  settingsOfKind,
} from "../../console/screens/integrationForm/kinds.ts";
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

describe("the form of another kind of integration", () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2_048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const examples: Readonly<Record<string, Record<string, string>>> = {
    AzureIotHub: { hub_name: "my-hub", policy_name: "godwit", policy_key: "a2V5" },
    GoogleCloudPubSub: {
      topic: "projects/my-project/topics/my-topic",
      service_account_key: JSON.stringify({
        client_email: "a@example.com",
        private_key: privateKey,
      }),
    },
    AwsEventBridge: { region: "us-east-1", access_key_id: "AKIAIOSFODNN7EXAMPLE" },
    AwsSqs: {
      queue_url: "https://sqs.us-east-1.amazonaws.com/123456789012/my-queue",
      access_key_id: "AKIAIOSFODNN7EXAMPLE",
    },
  };

  it.each(kinds.map((kind) => [kind.id, kind] as const))(
    "has every setting of %s that the API needs",
    (id, kind) => {
      const secret = { secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
      const draft = { event: "temperature", ...examples[id], ...(id.startsWith("Aws") && secret) };
      expect(missingOf(kind, draft)).toBeUndefined();
      const settings = settingsOfKind(kind, { ...draft, json: '{"a": "{{b}}"}', name: " n " });
      expect(integrationInput.safeParse(settings).error).toBeUndefined();
      expect(settings).toMatchObject({ name: "n", integration_type: id });
      expect(missingOf(kind, {})).toContain(fieldsOf(kind)[0]?.label);
    },
  );
});
