import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { LocalVariables } from "../../../local/lambda/environment/environmentVariables.ts";
import { type Lambda, startLambda } from "../../../local/lambda/lambda.ts";
import type { SqsClient } from "../../../local/sqs/sqsClient.ts";
import type { ServedWire } from "../../../local/wire/openWire.ts";

export const place = {
  logicalId: "Fn",
  stack: "Stack",
  region: "us-east-1",
  account: "000000000000",
};

interface Deployment {
  readonly lambda: Lambda;
  /** The function's name. */
  readonly name: string;
  readonly arn: string;
  /** Log entries: message and fields. */
  readonly logged: { message: string; fields: Record<string, unknown> }[];
}

interface DeployOptions {
  /** Properties of the function besides its code. */
  readonly properties?: Record<string, unknown>;
  /** Properties of an event source mapping. */
  readonly mapping?: Record<string, unknown>;
  readonly variables?: LocalVariables;
  readonly queues?: Pick<SqsClient, "receive" | "deleteBatch">;
  readonly openWires?: () => readonly ServedWire[];
  /** The quota of concurrent executions of the account. */
  readonly executionsMax?: number;
}

/** Creates a resource as `createStack` does. */
export const create = async (
  providers: Lambda["providers"],
  type: string,
  properties: Record<string, unknown>,
  logicalId = place.logicalId,
) => {
  const kind = providers.find((each) => each.type === type)!;
  return await kind.create(kind.properties.parse(properties), { ...place, logicalId });
};

/** Writes a cloud assembly with one asset, whose module is `source`. Returns its folder. */
export const writeAssembly = async (source: string): Promise<string> => {
  const assembly = await mkdtemp(join(tmpdir(), "lambda-test-"));
  await mkdir(join(assembly, "asset.code"));
  await writeFile(join(assembly, "asset.code", "index.mjs"), source);
  const asset = {
    source: { path: "asset.code", packaging: "zip" },
    destinations: { here: { objectKey: "code.zip" } },
  };
  await writeFile(join(assembly, "Stack.assets.json"), JSON.stringify({ files: { asset } }));
  return assembly;
};

/** Starts Lambda with one function, whose module is `source`, for the duration of a test. */
export const deploy = async (source: string, options: DeployOptions = {}): Promise<Deployment> => {
  const assembly = await writeAssembly(source);

  const logged: Deployment["logged"] = [];
  const lambda = await startLambda({
    assembly,
    variables: options.variables ?? { allFunctions: {}, overrides: {} },
    queues: {
      ...(options.queues ?? { receive: async () => [], deleteBatch: async () => {} }),
      waitingMessages: () => 0,
    },
    queuesUrl: "http://127.0.0.1:1",
    ...(options.openWires && { openWires: options.openWires }),
    executionsMax: options.executionsMax,
    log: (message, fields = {}) => logged.push({ message, fields }),
  });
  onTestFinished(async () => {
    await lambda.stop();
    // V8's compiled code may be kept there at this moment.
    await rm(assembly, { recursive: true, maxRetries: 5 });
  });
  const { ref, attributes } = await create(lambda.providers, "AWS::Lambda::Function", {
    Code: { S3Bucket: "assets", S3Key: "code.zip" },
    Handler: "index.handler",
    Runtime: "nodejs24.x",
    Timeout: 10,
    MemorySize: 128,
    ...options.properties,
  });
  if (options.mapping !== undefined) {
    await create(lambda.providers, "AWS::Lambda::EventSourceMapping", {
      EventSourceArn: "arn:aws:sqs:us-east-1:000000000000:queue",
      FunctionName: ref,
      ...options.mapping,
    });
  }
  return { lambda, name: ref, arn: attributes!.Arn!, logged };
};
