import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateKeysAndCertificateCommand,
  CreateThingCommand,
  IoTClient,
} from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { type Iot, startIot } from "../../../../local/iot/iot.ts";
import type { Log } from "../../../../local/platform/log.ts";
import type { ResourceContext } from "../../../../local/template/resourceProvider.ts";

export const region = "us-east-1";
const account = "000000000000";
export const credentials = { accessKeyId: "AKIATEST", secretAccessKey: "secret" };
export const policyName = "device";
const queueUrl = "http://127.0.0.1/events";
const place: ResourceContext = { logicalId: "It", stack: "Test", region, account };

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: IoT Core fills these in.

const arn = (resource: string) => `arn:aws:iot:${region}:${account}:${resource}`;
const self = "${iot:Connection.Thing.ThingName}";
const fleet = "${iot:Connection.Thing.Attributes[fleet]}";

/**
 * The policy of every device in the templates, with additions: it may retain messages on `kept/`,
 * and subscribe to `unheard/` but not receive from it.
 */
const statements: object[] = [
  {
    Effect: "Allow",
    Action: "iot:Connect",
    Resource: arn(`client/${self}`),
    Condition: { Bool: { "iot:Connection.Thing.IsAttached": "true" } },
  },
  {
    Effect: "Allow",
    Action: "iot:Publish",
    Resource: [
      arn(`topic/events/${fleet}/${self}/?*`),
      arn(`topic/$aws/rules/godwit_events/events/${fleet}/${self}/?*`),
      arn(`topic/$aws/rules/godwit_returns/returns/${self}`),
      arn("topic/kept/*"),
      arn("topic/unheard/*"),
    ],
  },
  { Effect: "Allow", Action: "iot:RetainPublish", Resource: arn("topic/kept/*") },
  {
    Effect: "Allow",
    Action: "iot:Subscribe",
    Resource: [
      arn(`topicfilter/events/${fleet}/*`),
      arn(`topicfilter/acks/${self}`),
      arn("topicfilter/kept/*"),
      arn("topicfilter/unheard/*"),
    ],
  },
  {
    Effect: "Allow",
    Action: "iot:Receive",
    Resource: [
      arn(`topic/events/${fleet}/*`),
      arn(`topic/acks/${self}`),
      arn(`topic/calls/${self}`),
      arn("topic/kept/*"),
    ],
  },
];

const eventsSql =
  "SELECT topic() AS topic, timestamp() AS receivedAt, newuuid() AS id, encode(*, 'base64') AS data FROM 'events/#'";

const returnsSql =
  "SELECT topic(2) AS device, id AS call, encode(*, 'base64') AS reply, floor(timestamp() / 1000) + 3600 AS expiresAt FROM 'returns/+' WHERE regexp_matches(id, '^[0-9a-f]{32}$')";

export interface Device {
  readonly id: string;
  readonly fleet: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly certificateArn: string;
  readonly certificateId: string;
}

interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly body: string;
}

/** An IoT Core with a queue, a bucket and a table that tests inspect and break. */
export interface TestCloud {
  readonly iot: Iot;
  readonly folder: string;
  readonly control: IoTClient;
  readonly data: IoTDataPlaneClient;
  readonly queue: string[];
  readonly bucket: StoredObject[];
  readonly table: { readonly table: string; readonly item: object }[];
  readonly logged: Parameters<Log>[];
  /** Runs before the queue or table, and the bucket, store a message; a test may replace it. */
  beforeSend: () => Promise<void>;
  beforePut: () => Promise<void>;
  addDevice(fleet?: string, policies?: readonly string[]): Promise<Device>;
  connect(device: Device, options?: IClientOptions): Promise<MqttClient>;
  stop(): Promise<void>;
}

/** Creates a resource as `createStack` does. */
export const makeResource = (iot: Iot, type: string, properties: object): void => {
  const kind = iot.providers.find((one) => one.type === type)!;
  void kind.create(kind.properties.parse(properties), place);
};

let devices = 0;

export const newDeviceId = () => (++devices).toString(16).padStart(24, "0");

export const startTestCloud = async (given?: { folder: string }): Promise<TestCloud> => {
  const folder = given?.folder ?? (await mkdtemp(join(tmpdir(), "godwit-iot-")));
  const queue: string[] = [];
  const bucket: StoredObject[] = [];
  const table: TestCloud["table"][number][] = [];
  const logged: Parameters<Log>[] = [];
  const iot = await startIot({
    region,
    account,
    folder,
    mqttPort: 0,
    credentials,
    queues: {
      async send(_, body) {
        await cloud.beforeSend();
        queue.push(body);
      },
    },
    buckets: {
      async put(name, key, body) {
        await cloud.beforePut();
        bucket.push({ bucket: name, key, body });
      },
    },
    tables: {
      async put(name, item) {
        await cloud.beforeSend();
        table.push({ table: name, item });
      },
    },
    log: (...line) => void logged.push(line),
  });
  makeResource(iot, "AWS::IoT::Policy", {
    PolicyName: policyName,
    PolicyDocument: { Version: "2012-10-17", Statement: statements },
  });
  const ErrorAction = {
    S3: {
      BucketName: "failed",
      Key: "events/${timestamp()}-${newuuid()}.json",
      RoleArn: "role",
    },
  };
  makeResource(iot, "AWS::IoT::TopicRule", {
    RuleName: "godwit_returns",
    TopicRulePayload: {
      Sql: returnsSql,
      AwsIotSqlVersion: "2016-03-23",
      Actions: [{ DynamoDBv2: { PutItem: { TableName: "replies" }, RoleArn: "role" } }],
      ErrorAction,
    },
  });
  makeResource(iot, "AWS::IoT::TopicRule", {
    RuleName: "godwit_events",
    TopicRulePayload: {
      Sql: eventsSql,
      AwsIotSqlVersion: "2016-03-23",
      Actions: [{ Sqs: { QueueUrl: queueUrl, RoleArn: "role", UseBase64: false } }],
      ErrorAction,
    },
  });
  makeResource(iot, "AWS::IoT::TopicRule", {
    RuleName: "presence",
    TopicRulePayload: {
      Sql: "SELECT * FROM '$aws/events/presence/#'",
      AwsIotSqlVersion: "2016-03-23",
      Actions: [
        { S3: { BucketName: "presence", Key: "${topic(4)}/${clientId}", RoleArn: "role" } },
      ],
    },
  });
  await iot.open();
  const sdk = { region, credentials, maxAttempts: 1 };
  const control = new IoTClient({ ...sdk, endpoint: iot.control.url });
  const data = new IoTDataPlaneClient({ ...sdk, endpoint: iot.data.url });
  const clients: MqttClient[] = [];

  const cloud: TestCloud = {
    iot,
    folder,
    control,
    data,
    queue,
    bucket,
    table,
    logged,
    beforeSend: async () => {},
    beforePut: async () => {},
    async addDevice(fleetName = "f1", policies = [policyName]) {
      const id = newDeviceId();
      await control.send(
        new CreateThingCommand({
          thingName: id,
          attributePayload: { attributes: { fleet: fleetName } },
        }),
      );
      const made = await control.send(new CreateKeysAndCertificateCommand({ setAsActive: true }));
      const target = made.certificateArn!;
      for (const name of policies) {
        await control.send(new AttachPolicyCommand({ policyName: name, target }));
      }
      await control.send(new AttachThingPrincipalCommand({ thingName: id, principal: target }));
      return {
        id,
        fleet: fleetName,
        certificate: made.certificatePem!,
        privateKey: made.keyPair!.PrivateKey!,
        certificateArn: target,
        certificateId: made.certificateId!,
      };
    },
    async connect(device, options = {}) {
      const client = mqtt.connect(`mqtts://127.0.0.1:${iot.mqttPort}`, {
        ...tls(device, iot.caPem),
        clientId: device.id,
        reconnectPeriod: 0,
        connectTimeout: 5_000,
        ...options,
      });
      clients.push(client.on("error", () => {}));
      // A session's stored messages arrive with the CONNACK.
      heard(client);
      // `connectAsync` never settles when the broker closes the connection without a CONNACK, as
      // IoT Core does.
      await new Promise<void>((resolve, reject) => {
        client.once("connect", () => resolve());
        client.once("error", reject);
        client.once("close", () => reject(new Error("the broker hung up")));
      });
      return client;
    },
    async stop() {
      for (const client of clients) client.end(true);
      control.destroy();
      data.destroy();
      await iot.stop();
      if (given === undefined) await rm(folder, { recursive: true });
    },
  };
  return cloud;
};

/** TLS options of a client. */
export const tls = (device: Pick<Device, "certificate" | "privateKey">, ca: string) => ({
  cert: device.certificate,
  key: device.privateKey,
  ca,
});

/** Resolves when the other side has closed the connection. */
export const closed = (client: MqttClient): Promise<void> =>
  new Promise((resolve) => client.once("close", () => resolve()));

const inboxes = new WeakMap<MqttClient, string[]>();

/** Messages of a client as `topic payload`, from the first call on. */
export const heard = (client: MqttClient): string[] => {
  const known = inboxes.get(client);
  if (known !== undefined) return known;
  const messages: string[] = [];
  inboxes.set(client, messages);
  client.on("message", (topic, payload) => void messages.push(`${topic} ${payload}`));
  return messages;
};

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: IoT Core fills these in.
