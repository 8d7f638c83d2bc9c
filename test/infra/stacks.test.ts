import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { recordBatchMax, recordBatchSeconds } from "#shared/ledger/limits.ts";
import { env } from "#shared/platform/env.ts";
import { cloudPublisher, eventTopic, liveTopic } from "#shared/platform/topic.ts";
import { parseSql } from "../../local/iot/rule/sql.ts";
import { app, ofType, regionOf, type Template, templateOf } from "./synthesized.ts";

const one = app();
const region = regionOf(one);
const state = templateOf(one, "Godwit-State");
const two = app({ regions: "us-east-1,eu-west-1" });

it("the logical ids of retained resources are those of docs/regions.md: another id replaces them", () => {
  const [, json = ""] =
    /```json\n(\{[^`]*SecretsKey[^`]*)```/.exec(readFileSync("docs/regions.md", "utf8")) ?? [];
  const mapping: object = JSON.parse(json);
  const retained = ["AWS::KMS::Key", "AWS::KMS::Alias", "AWS::IoT::Policy"].flatMap((type) =>
    ofType(region, type).map(([id]) => id),
  );
  expect(Object.keys(mapping)).toHaveLength(4);
  expect(retained).toEqual(expect.arrayContaining(Object.keys(mapping)));
});

describe("regions", () => {
  it("default to one", () => {
    const names = one.synth().stacks.map(({ stackName }) => stackName);
    expect(names.sort()).toEqual([
      "Godwit-Api-us-east-1",
      "Godwit-Operations-us-east-1",
      "Godwit-Region-us-east-1",
      "Godwit-State",
    ]);
  });

  it("share one State stack; each has a Region stack that depends on it, and an API stack that depends on the Region", () => {
    const { stacks } = two.synth();
    const regions = stacks.filter(({ stackName }) => stackName.startsWith("Godwit-Region-"));
    expect(regions.map(({ environment }) => environment.region).sort()).toEqual([
      "eu-west-1",
      "us-east-1",
    ]);
    for (const { dependencies } of regions) {
      expect(dependencies.map(({ id }) => id)).toContain("Godwit-State");
    }
    const apis = stacks.filter(({ stackName }) => stackName.startsWith("Godwit-Api-"));
    for (const { environment, dependencies } of apis) {
      const own = `Godwit-Region-${environment.region}`;
      expect(dependencies.map(({ id }) => id)).toContain(own);
    }
  });

  it("each have a protected replica of every global table", () => {
    const tables = ofType(templateOf(two, "Godwit-State"), "AWS::DynamoDB::GlobalTable");
    expect(tables).toHaveLength(9);
    for (const [, { Properties }] of tables) {
      const copies: { Region: string }[] = Properties.Replicas;
      expect(copies.map(({ Region }) => Region).sort()).toEqual(["eu-west-1", "us-east-1"]);
      for (const copy of copies) {
        expect(copy).toMatchObject({
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        });
      }
    }
  });

  it("have functions with the same names of global tables", () => {
    const names = ["us-east-1", "eu-west-1"].map((name) =>
      ofType(templateOf(two, `Godwit-Region-${name}`), "AWS::Lambda::Function")
        .flatMap(([, { Properties }]) => Object.entries(Properties.Environment.Variables))
        .filter(([key, value]) => key.endsWith("_TABLE") && typeof value === "string"),
    );
    expect(names[0]?.length).toBeGreaterThan(10);
    expect(names[1]).toEqual(names[0]);
  });

  it("leave 50 of the 500 resources of every stack unused", () => {
    for (const { template } of two.synth().stacks) {
      expect(Object.keys(template.Resources).length).toBeLessThanOrEqual(450);
    }
  });

  it.each([["us-east-1,us-east-1"], ["mars"], [""], [[]]])("are refused: %j", (regions) => {
    expect(() => app({ regions })).toThrow("regions");
  });
});

describe("global tables", () => {
  it("are retained when their stack is deleted", () => {
    for (const [, table] of ofType(state, "AWS::DynamoDB::GlobalTable")) {
      expect(table.DeletionPolicy).toBe("Retain");
    }
  });

  it.each([
    ["godwit-accounts", ["pk"], "expiresAt"],
    ["godwit-devices", ["pk", "sk"], "expiresAt"],
    ["godwit-integrations", ["pk", "sk"], undefined],
    ["godwit-sessions", ["pk", "sk"], "expiresAt"],
    ["godwit-dead-letters", ["pk", "sk"], "expiresAt"],
    ["godwit-ledger", ["pk", "sk"], "expiresAt"],
    ["godwit-audit", ["pk", "sk"], "expiresAt"],
    ["godwit-firmware", ["pk", "sk"], "expiresAt"],
  ])("have the expected keys: %s", (name, keys, expires) => {
    const found = ofType(state, "AWS::DynamoDB::GlobalTable").find(
      ([, { Properties }]) => Properties.TableName === name,
    );
    const { KeySchema, TimeToLiveSpecification } = found?.[1].Properties ?? {};
    const attributes = KeySchema.map(
      ({ AttributeName }: { AttributeName: string }) => AttributeName,
    );
    expect(attributes).toEqual(keys);
    expect(TimeToLiveSpecification?.AttributeName).toBe(expires);
  });
});

it("a function finds the images of each region by the name of the bucket", () => {
  for (const name of ["us-east-1", "eu-west-1"]) {
    const template = regionOf(two, name);
    const bucket = ofType(template, "AWS::S3::Bucket").find(([id]) =>
      id.startsWith("FirmwareImages"),
    );
    const functions = ofType(template, "AWS::Lambda::Function").flatMap(([, { Properties }]) => {
      const prefix = Properties.Environment.Variables.FIRMWARE_BUCKET_PREFIX;
      return prefix === undefined ? [] : [JSON.stringify(prefix)];
    });
    expect(functions.length).toBeGreaterThan(1);
    const expected = ["", ["godwit-firmware-", { Ref: "AWS::AccountId" }, `-${name}`]];
    expect(bucket?.[1].Properties.BucketName).toEqual({ "Fn::Join": expected });
    const prefix = ["", ["godwit-firmware-", { Ref: "AWS::AccountId" }, "-"]];
    expect(new Set(functions)).toEqual(new Set([JSON.stringify({ "Fn::Join": prefix })]));
  }
});

describe("a region's own tables", () => {
  it("have a time to live, and are deleted with their stack", () => {
    const tables = ofType(region, "AWS::DynamoDB::GlobalTable").filter(
      ([name]) => !name.includes("Waiting"),
    );
    expect(tables.map(([name]) => name.replace(/[0-9A-F]{8}$/, ""))).toEqual(
      expect.arrayContaining(["SeenEvents", "RecentEvents"]),
    );
    for (const [, { Properties, DeletionPolicy }] of tables) {
      expect(Properties.TimeToLiveSpecification).toEqual({
        AttributeName: "expiresAt",
        Enabled: true,
      });
      expect(DeletionPolicy).toBe("Delete");
    }
  });
});

it("the table of waiting deliveries, the only copy of them, is as protected as the global tables", () => {
  const [found] = ofType(region, "AWS::DynamoDB::GlobalTable").filter(([name]) =>
    name.includes("Waiting"),
  );
  expect(found?.[1]).toMatchObject({
    DeletionPolicy: "Retain",
    Properties: {
      Replicas: [
        {
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      ],
    },
  });
  expect(found?.[1].Properties.TimeToLiveSpecification).toBeUndefined();
});

describe("every function", () => {
  const whole = regionOf(
    app({
      mailFrom: "godwit@example.com",
      runbookUrl: "https://docs.example.com/runbook.md",
      heartbeatUrl: "/godwit/pages/heartbeat",
      // A stack with alarms in a region without a stack of its own.
      regions: "eu-west-1,eu-central-1",
      domain: "api.example.com",
      hostedZoneId: "Z0123456789ABC",
    }),
    "eu-west-1",
  );
  const functions = ofType(whole, "AWS::Lambda::Function").map(([, { Properties }]) => Properties);
  const variables = new Map(
    functions.map(({ Environment }) => [
      Environment.Variables.POWERTOOLS_SERVICE_NAME,
      Environment.Variables,
    ]),
  );

  it("is in the list of environments, and no other", () => {
    expect([...variables.keys()].sort()).toEqual(Object.keys(env).sort());
  });

  it.each(Object.entries(env))(
    "has the environment variables that it reads: %s",
    (name, schema) => {
      const set = Object.keys(variables.get(name));
      expect([...set, "AWS_REGION"]).toEqual(expect.arrayContaining(Object.keys(schema.shape)));
    },
  );

  it("runs Node 24 on arm64 and has its own log group", () => {
    for (const { Runtime, Architectures } of functions) {
      expect([Runtime, Architectures]).toEqual(["nodejs24.x", ["arm64"]]);
    }
    const groups = functions.map(({ LoggingConfig }) => JSON.stringify(LoggingConfig.LogGroup));
    expect(new Set(groups).size).toBe(functions.length);
  });

  it("does not log Lambda's system messages below the level WARN", () => {
    const levels = functions.map(({ LoggingConfig }) => LoggingConfig.SystemLogLevel);
    expect(new Set(levels)).toEqual(new Set(["WARN"]));
  });

  it("refuses private targets in a deployment", () => {
    for (const name of ["deliver", "previews"]) {
      expect(variables.get(name).PRIVATE_TARGETS).toBe("refused");
    }
  });

  it("refuses sign-up unless the context allows it", () => {
    expect(variables.get("accounts").OPEN_SIGN_UP).toBe("refused");
    const opened = regionOf(app({ openSignUp: "true" }));
    const values = ofType(opened, "AWS::Lambda::Function").map(
      ([, { Properties }]) => Properties.Environment.Variables.OPEN_SIGN_UP,
    );
    expect(values.filter((value) => value !== undefined)).toEqual(["allowed"]);
  });

  it("that a person invokes has a fixed name", () => {
    const named = functions.filter(({ FunctionName }) => FunctionName !== undefined);
    expect(named.map(({ FunctionName }) => FunctionName).sort()).toEqual([
      "godwit-admin",
      "godwit-notify",
      "godwit-status",
      "godwit-watcher",
    ]);
  });
});

describe("a scheduled function", () => {
  const scheduled = ofType(region, "AWS::Events::Rule")
    .map(([, { Properties }]) => Properties)
    .filter(({ ScheduleExpression }) => ScheduleExpression !== undefined);
  const functionIds: string[] = scheduled.map(({ Targets }) => Targets[0].Arn["Fn::GetAtt"][0]);

  it("that fails or is throttled is not repeated: neither by its schedule nor by Lambda", () => {
    expect(scheduled).toHaveLength(10);
    for (const { Targets } of scheduled) {
      expect(Targets).toMatchObject([
        { RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } },
      ]);
    }
    const configs = ofType(region, "AWS::Lambda::EventInvokeConfig").map(
      ([, { Properties }]) => Properties,
    );
    expect(configs.map(({ FunctionName }) => FunctionName.Ref).sort()).toEqual(
      functionIds.toSorted(),
    );
    for (const config of configs) {
      expect(config).toMatchObject({
        Qualifier: "$LATEST",
        MaximumRetryAttempts: 0,
        MaximumEventAgeInSeconds: 60,
      });
    }
  });

  it("has the table of leases, which prevents concurrent runs without reserved concurrency", () => {
    const environments = functionIds.map(
      (id) => region.Resources[id]?.Properties.Environment.Variables,
    );
    // The stack of operations refers to the table by its name.
    const [slotsId] =
      ofType(region, "AWS::DynamoDB::GlobalTable").find(
        ([, { Properties }]) => Properties.TableName === "godwit-places",
      ) ?? [];
    // The watcher needs no table of its region: conditional writes order its concurrent runs.
    const withLeases = environments
      .filter(({ POWERTOOLS_SERVICE_NAME: name }) => name !== "watcher")
      .map(({ SLOTS_TABLE }) => SLOTS_TABLE.Ref ?? SLOTS_TABLE);
    expect(new Set(withLeases)).toEqual(new Set([slotsId, "godwit-places"]));
  });
});

it("only configured queues have a batching window", () => {
  const windows = (of: Template) =>
    ofType(of, "AWS::Lambda::EventSourceMapping").map(
      ([, { Properties }]) => Properties.MaximumBatchingWindowInSeconds,
    );
  // The archive and the records are not urgent: they always have a batching window. Latency is more
  // important for the other queues, and even a short window can delay a single message by 20 s.
  const always = [60, recordBatchSeconds];
  expect(new Set(windows(region))).toEqual(new Set([undefined, ...always]));
  const waiting = regionOf(app({ batchSeconds: 2 }));
  const others = windows(waiting).filter((seconds) => !always.includes(seconds));
  expect(others.sort()).toEqual([2, 2, 2, ...Array.from({ length: 5 }, () => undefined)]);
});

it("every log group has a retention", () => {
  const logs = ofType(region, "AWS::Logs::LogGroup");
  expect(logs.length).toBeGreaterThan(10);
  for (const [, { Properties }] of logs) expect(Properties.RetentionInDays).toBe(30);
});

describe("queues", () => {
  const queues = ofType(region, "AWS::SQS::Queue");
  const mappings = ofType(region, "AWS::Lambda::EventSourceMapping").map(
    ([, { Properties }]) => Properties,
  );

  it("have a visibility timeout of six times the worker's timeout", () => {
    expect(mappings).toHaveLength(10);
    for (const { EventSourceArn, FunctionName } of mappings) {
      const queue = region.Resources[EventSourceArn["Fn::GetAtt"][0]]?.Properties;
      const worker = region.Resources[FunctionName.Ref]?.Properties;
      expect(queue?.VisibilityTimeout).toBe(6 * worker?.Timeout);
    }
  });

  it("retry a message for at least a day while a database is unavailable", () => {
    const worked = queues.filter(([, { Properties }]) => Properties.RedrivePolicy !== undefined);
    expect(worked).toHaveLength(8);
    for (const [, { Properties }] of worked) {
      const { RedrivePolicy, VisibilityTimeout } = Properties;
      expect(RedrivePolicy.maxReceiveCount * VisibilityTimeout).toBeGreaterThan(86_400);
    }
  });

  it("have batches of ten, or of a thousand for archive and records, and partial failures", () => {
    for (const { FunctionName, BatchSize, FunctionResponseTypes } of mappings) {
      expect(BatchSize).toBe(/archive|Recordsrecord/.test(FunctionName.Ref) ? recordBatchMax : 10);
      expect(FunctionResponseTypes).toEqual(["ReportBatchItemFailures"]);
    }
  });

  it("are encrypted, and retain dead letters longer than messages", () => {
    const kept = (dead: boolean) =>
      queues
        .filter(([, { Properties }]) => (Properties.RedrivePolicy === undefined) === dead)
        .map(([, { Properties }]) => Properties.MessageRetentionPeriod);
    expect(Math.min(...kept(true))).toBeGreaterThan(Math.max(...kept(false)));
    for (const [, { Properties }] of queues) expect(Properties.SqsManagedSseEnabled).toBe(true);
  });

  it("allow recursive sends for deliver and runJob only", () => {
    const looping = ofType(region, "AWS::Lambda::Function")
      .filter(([, { Properties }]) => Properties.RecursiveLoop === "Allow")
      .map(([, { Properties }]) => Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME);
    expect(looping.toSorted()).toEqual(["deliver", "runJob"]);
  });
});

describe("the rules", () => {
  const rules = new Map(
    ofType(region, "AWS::IoT::TopicRule").map(([, { Properties }]) => [
      Properties.RuleName,
      Properties.TopicRulePayload,
    ]),
  );

  it.each([
    ["godwit_events", "events/#", "events"],
    ["godwit_presence", "$aws/events/presence/+/+", "presence"],
    ["godwit_hello", "hello/+", "presence"],
    ["godwit_certificates", "certificates/+", "presence"],
    ["godwit_updates", "updates/+", "updates"],
  ])("send messages in the format of the worker to a queue: %s", (name, from, kind) => {
    const { Actions, ErrorAction, Sql } = rules.get(name);
    expect(Sql.split(" WHERE ")[0]).toBe(
      `SELECT topic() AS topic, timestamp() AS receivedAt, newuuid() AS id, encode(*, 'base64') AS data FROM '${from}'`,
    );
    expect(Actions).toMatchObject([{ Sqs: { UseBase64: false } }]);
    expect(ErrorAction.S3.Key.startsWith(`${kind}/`)).toBe(true);
  });

  it("forward every event but those of the cloud for live subscribers only", () => {
    const query = parseSql(rules.get("godwit_events").Sql);
    const isForwarded = (topic: string) =>
      query.select({ topic, payload: Buffer.alloc(0) }) !== undefined;
    const ofCloud = eventTopic({ fleet: "f", device: cloudPublisher, name: "hook-response/t/0" });
    const ofDevice = eventTopic({ fleet: "f", device: "a".repeat(24), name: "t" });
    expect(isForwarded(liveTopic(ofCloud))).toBe(false);
    expect(isForwarded(ofCloud)).toBe(true);
    expect(isForwarded(ofDevice)).toBe(true);
    expect(isForwarded(liveTopic(ofDevice))).toBe(true);
  });

  it("store a device's reply in a table, with the device id of the topic", () => {
    const { Actions, Sql } = rules.get("godwit_returns");
    expect(Sql).toMatch(
      /^SELECT topic\(2\) AS device, id AS call, encode\(\*, 'base64'\) AS reply/,
    );
    expect(Sql).toMatch(/ FROM 'returns\/\+' WHERE regexp_matches\(id, /);
    expect(Actions).toMatchObject([{ DynamoDBv2: { PutItem: {} } }]);
  });

  it("store failed messages in a bucket, each with a unique key", () => {
    expect(rules.size).toBe(6);
    for (const { ErrorAction } of rules.values()) {
      expect(ErrorAction.S3.Key).toMatch(/^[a-z]+\/\$\{timestamp\(\)\}-\$\{newuuid\(\)\}\.json$/);
    }
  });
});

it("has the outputs that an operator needs", () => {
  expect(Object.keys(region.Outputs)).toEqual(
    expect.arrayContaining([
      "ApiUrl",
      "AdminFunction",
      "DevicePolicy",
      "EventsRule",
      "EventsQueue",
      "DeliveriesQueue",
    ]),
  );
});

it("has no custom resources, which the local cloud cannot run", () => {
  const types = Object.values({ ...region.Resources, ...state.Resources }).map(({ Type }) => Type);
  expect(types.filter((type) => /^Custom::|CustomResource/.test(type))).toEqual([]);
});
