import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  type AttributeValue,
  CreateTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import { onTestFinished } from "vitest";
import { startTableServer, type TableServer } from "../../../local/dynamodb/tableServer.ts";
import { openUsageMeter } from "../../../local/platform/usageMeter.ts";

type Row = Record<string, AttributeValue>;

/** The rows of a table at the time to which it is restored. */
export interface Past {
  readonly isOff?: boolean;
  readonly rows?: readonly Row[];
}

const seconds = (iso: string): number => Date.parse(iso) / 1_000;
/** The window within which AWS would restore. */
const earliest = seconds("2026-11-01T00:00:00Z");
const latest = seconds("2026-11-24T11:55:00Z");

const keyed = ["pk", "sk"];

/**
 * DynamoDB of one machine, with the two calls that it lacks. They check what AWS's documentation
 * describes. They were not compared with AWS.
 */
export const tablesWithPast = async (past: Readonly<Record<string, Past>>) => {
  const credentials = { accessKeyId: "KEY", secretAccessKey: "secret" };
  const inner = await startTableServer({
    region: "us-east-1",
    credentials,
    usageMeter: openUsageMeter(),
  });
  const restores: Record<string, unknown>[] = [];
  /** How often DescribeTable reports each restored table as being created. */
  const creating = new Map<string, number>();
  /** Runs before the response to a request of the command. When it fails, the request fails. */
  const before = { hook: async (_operation: string, _table: string) => {} };

  const answer = async (
    operation: string,
    body: Record<string, unknown>,
  ): Promise<{ status?: number; body: object } | undefined> => {
    const table = String(body.TableName);
    try {
      await before.hook(operation, table);
    } catch {
      return refused("AccessDeniedException");
    }
    if (operation === "DescribeContinuousBackups") {
      if (past[table] === undefined) return refused("TableNotFoundException");
      const status = past[table].isOff ? "DISABLED" : "ENABLED";
      const PointInTimeRecoveryDescription = {
        PointInTimeRecoveryStatus: status,
        ...(past[table].isOff !== true && {
          EarliestRestorableDateTime: earliest,
          LatestRestorableDateTime: latest,
        }),
      };
      const ContinuousBackupsStatus = "ENABLED";
      return {
        body: {
          ContinuousBackupsDescription: { ContinuousBackupsStatus, PointInTimeRecoveryDescription },
        },
      };
    }
    if (operation === "RestoreTableToPointInTime") return restore(body);
    const left = creating.get(table) ?? 0;
    if (operation === "DescribeTable" && left > 0) {
      creating.set(table, left - 1);
      return { body: { Table: { TableName: table, TableStatus: "CREATING" } } };
    }
    return undefined;
  };

  const restore = async (body: Record<string, unknown>) => {
    const source = past[String(body.SourceTableName)];
    const name = String(body.TargetTableName);
    const at = Number(body.RestoreDateTime);
    if (source === undefined) return refused("TableNotFoundException");
    if (source.isOff) return refused("PointInTimeRecoveryUnavailableException");
    if (!/^[\w.-]{3,255}$/.test(name)) return refused("ValidationException");
    if (!(at >= earliest && at <= latest)) return refused("InvalidRestoreTimeException");
    if (body.BillingModeOverride !== "PAY_PER_REQUEST") return refused("ValidationException");
    if (restores.some((one) => one.TargetTableName === name)) {
      return refused("TableAlreadyExistsException");
    }
    restores.push(body);
    await make(name, keyed, source.rows ?? []);
    creating.set(name, 2);
    return { body: { TableDescription: { TableName: name, TableStatus: "CREATING" } } };
  };

  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const raw = await text(request);
    const body = JSON.parse(raw) as Record<string, unknown>;
    const isByTest = request.headers["user-agent"]?.includes("by-test") === true;
    const own = isByTest ? undefined : await answer(operation, body);
    if (own === undefined) return handOn(inner, { request, raw, response });
    response.statusCode = own.status ?? 200;
    response.setHeader("content-type", "application/x-amz-json-1.0");
    response.end(JSON.stringify(own.body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const endpoint = `http://127.0.0.1:${port}`;
  const db = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials,
    customUserAgent: "by-test",
  });
  const state = await mkdtemp(join(tmpdir(), "godwit-restore-"));
  const place = { endpoint, function: "x", region: "us-east-1", tables: endpoint, ...credentials };
  await writeFile(join(state, "admin.json"), JSON.stringify(place));
  onTestFinished(async () => {
    db.destroy();
    server.closeAllConnections();
    server.close();
    await inner.stop();
    await rm(state, { recursive: true });
  });

  const make = async (name: string, keys: readonly string[], rows: readonly Row[]) => {
    await db.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
        KeySchema: keys.map((AttributeName, i) => ({
          AttributeName,
          KeyType: i === 0 ? "HASH" : "RANGE",
        })),
      }),
    );
    await Promise.all(rows.map((Item) => db.send(new PutItemCommand({ TableName: name, Item }))));
  };

  return {
    state,
    restores,
    before,
    make: (name: string, rows: readonly Row[], keys: readonly string[] = keyed) =>
      make(name, keys, rows),
    put: async (name: string, Item: Row) => {
      await db.send(new PutItemCommand({ TableName: name, Item }));
    },
    /** The rows of a table, by their keys. */
    async rows(name: string): Promise<Record<string, Row>> {
      const { Items = [] } = await db.send(new ScanCommand({ TableName: name }));
      return Object.fromEntries(Items.map((row) => [`${row.pk?.S} ${row.sk?.S}`, row]));
    },
  };
};

const refused = (code: string) => ({
  status: 400,
  body: { __type: `com.amazonaws.dynamodb.v20120810#${code}`, message: code },
});

/** Without its signature, which is for the address of this server. */
const handOn = async (
  inner: TableServer,
  { request, raw, response }: { request: IncomingMessage; raw: string; response: ServerResponse },
): Promise<void> => {
  const headers = { "x-amz-target": String(request.headers["x-amz-target"]) };
  const body = Buffer.from(raw);
  const answered = await inner.handle({ method: "POST", url: "/", headers, body });
  response.writeHead(answered.status, answered.headers).end(answered.body);
};
