import type { Settings } from "./settings.ts";

/** A setting of a kind of integration, as a field of the form. */
export interface KindField {
  /** The name in the API. */
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly placeholder?: string;
  readonly isOptional?: boolean;
  /** The value is stored encrypted and never shown again. */
  readonly isSecret?: boolean;
  /** Several lines. */
  readonly isText?: boolean;
}

/** A kind of integration other than a webhook. */
export interface Kind {
  readonly id: string;
  readonly name: string;
  /** What the person needs first. */
  readonly hint: string;
  readonly fields: readonly KindField[];
}

const awsKeys: readonly KindField[] = [
  { name: "access_key_id", label: "Access key id", placeholder: "AKIAIOSFODNN7EXAMPLE" },
  { name: "secret_access_key", label: "Secret access key", isSecret: true },
];

/** The other kinds of integration. */
export const kinds: readonly Kind[] = [
  {
    id: "AzureIotHub",
    name: "Azure IoT Hub",
    hint: "Create a shared access policy with the permissions to connect devices and to write the registry. Devices that the hub does not know are registered.",
    fields: [
      { name: "hub_name", label: "Name of the hub", placeholder: "my-hub" },
      { name: "policy_name", label: "Name of the policy", placeholder: "godwit" },
      { name: "policy_key", label: "Primary key of the policy", isSecret: true },
    ],
  },
  {
    id: "GoogleCloudPubSub",
    name: "Google Cloud Pub/Sub",
    hint: "Create a service account with the role Pub/Sub Publisher on the topic, and a key of it as a JSON file.",
    fields: [
      { name: "topic", label: "Topic", placeholder: "projects/my-project/topics/my-topic" },
      {
        name: "service_account_key",
        label: "Content of the JSON file with the key",
        isSecret: true,
        isText: true,
      },
    ],
  },
  {
    id: "AwsEventBridge",
    name: "Amazon EventBridge",
    hint: "Create access keys that may only use events:PutEvents on the bus.",
    fields: [
      { name: "region", label: "Region", placeholder: "us-east-1" },
      { name: "event_bus", label: "Event bus", isOptional: true, placeholder: "default" },
      { name: "source", label: "Source of the events", isOptional: true, placeholder: "godwit" },
      ...awsKeys,
    ],
  },
  {
    id: "AwsSqs",
    name: "Amazon SQS",
    hint: "Create access keys that may only use sqs:SendMessage on the queue.",
    fields: [
      {
        name: "queue_url",
        label: "URL of the queue",
        placeholder: "https://sqs.us-east-1.amazonaws.com/123456789012/my-queue",
      },
      ...awsKeys,
    ],
  },
];

/** The kinds whose message a person can choose. Pub/Sub gets the data of the event. */
const withMessage = new Set(["AzureIotHub", "AwsEventBridge", "AwsSqs"]);

/** The fields of a kind, in the order of the form. */
export const fieldsOf = ({ id, fields }: Kind): readonly KindField[] => [
  { name: "event", label: "Events whose names begin with", placeholder: "temperature" },
  ...fields,
  ...(withMessage.has(id)
    ? [
        {
          name: "json",
          label: "Message",
          isOptional: true,
          isText: true,
          hint: 'Empty: {"data", "device_id", "event", "published_at"}. Otherwise JSON with templates such as {{celsius}}.',
        },
      ]
    : []),
  { name: "name", label: "Name", isOptional: true },
  {
    name: "deviceID",
    label: "Only events of this device",
    isOptional: true,
    placeholder: "Id or name",
  },
];

/** The values of the fields by their names in the API. */
export type KindDraft = Readonly<Record<string, string>>;

/** The settings of a draft, without the fields that are empty. */
export const settingsOfKind = (kind: Kind, draft: KindDraft): Settings => ({
  integration_type: kind.id,
  ...Object.fromEntries(
    fieldsOf(kind).flatMap(({ name }): [string, unknown][] => {
      const value = draft[name]?.trim() ?? "";
      return value === "" ? [] : [[name, name === "json" ? jsonOrText(value) : value]];
    }),
  ),
});

/** JSON objects are templates of their values; any other text is a template itself. */
const jsonOrText = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : text;
  } catch {
    return text;
  }
};

/** The fields that a draft lacks, for a person. */
export const missingOf = (kind: Kind, draft: KindDraft): string | undefined => {
  const missing = fieldsOf(kind)
    .filter(({ name, isOptional }) => isOptional !== true && !draft[name]?.trim())
    .map(({ label }) => label);
  return missing.length === 0 ? undefined : `Fill in: ${missing.join(", ")}.`;
};
