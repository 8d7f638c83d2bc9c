import {
  type BatchGetItemCommandInput,
  DynamoDBClient,
  type GetItemCommandInput,
  type PutItemCommandInput,
  type QueryCommandInput,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from "@aws-sdk/lib-dynamodb";
import { isUnexpired } from "../../platform/isUnexpired.ts";
import { localReadMsMax, tablesPauseMs } from "../../platform/limits.ts";
import { crossRegionRetry, standardRetry } from "./clients.ts";

interface Deployment {
  readonly region: string;
  /** All regions with a replica. */
  readonly regions: readonly string[];
}

const marshallOptions = { removeUndefinedValues: true };

/**
 * Opens the global tables, using the replicas of this region. If a read fails or takes too long, it
 * is repeated in another region, whose data may be slightly older; for a while, all reads then go
 * there. Writes go only to this region's replica, so that two regions do not decide about one row.
 */
export const openGlobalTables = (
  deployment: Deployment,
  onError: OnError,
): DynamoDBDocumentClient => open(deployment, { onError, fallback: readInOtherRegion });

/**
 * The same for dead letters. Each is written once, complete, under its own key, so another region's
 * replica can accept the write when this one is unavailable.
 */
export const openGlobalDeadLetters = (
  deployment: Deployment,
  onError: OnError,
): DynamoDBDocumentClient => open(deployment, { onError, fallback: writeInOtherRegion });

type OnError = (what: string, error: unknown) => void;

/**
 * Repeats a request in another region; `undefined` for requests that only this region may execute.
 */
type Fallback = (request: {
  readonly name: unknown;
  readonly input: ServiceInputTypes;
}) => ((db: DynamoDBDocumentClient) => Promise<ServiceOutputTypes>) | undefined;

const readInOtherRegion: Fallback = ({ name, input }) => {
  if (isGet(name, input)) return (db) => db.send(new GetCommand(input));
  if (isQuery(name, input)) return (db) => db.send(new QueryCommand(input));
  if (isBatchGet(name, input)) return (db) => db.send(new BatchGetCommand(input));
  return undefined;
};

const writeInOtherRegion: Fallback = (request) => {
  const { name, input } = request;
  return isPut(name, input) ? (db) => db.send(new PutCommand(input)) : readInOtherRegion(request);
};

const isGet = (name: unknown, _: ServiceInputTypes): _ is GetItemCommandInput =>
  name === "GetItemCommand";
const isQuery = (name: unknown, _: ServiceInputTypes): _ is QueryCommandInput =>
  name === "QueryCommand";
const isBatchGet = (name: unknown, _: ServiceInputTypes): _ is BatchGetItemCommandInput =>
  name === "BatchGetItemCommand";
const isPut = (name: unknown, _: ServiceInputTypes): _ is PutItemCommandInput =>
  name === "PutItemCommand";

const open = (
  { region, regions }: Deployment,
  { onError, fallback }: { onError: OnError; fallback: Fallback },
): DynamoDBDocumentClient => {
  const local = new DynamoDBClient({ ...standardRetry, region });
  const others = regions
    .filter((other) => other !== region)
    .map((other) => new DynamoDBClient({ ...crossRegionRetry, region: other }))
    .map((client) => DynamoDBDocumentClient.from(client, { marshallOptions }));
  let pausedUntil = 0;
  const tryOtherRegions = async (
    repeat: (db: DynamoDBDocumentClient) => Promise<ServiceOutputTypes>,
  ) => {
    for (const db of others) {
      try {
        return { output: await repeat(db), response: undefined };
      } catch {
        // Try the next region. If all fail, the error of this region is reported.
      }
    }
    return undefined;
  };
  local.middlewareStack.add(
    (next, { commandName: name }) =>
      async (args) => {
        const repeat = fallback({ name, input: args.input });
        if (repeat === undefined || others.length === 0) return next(args);
        const isPaused = isUnexpired(pausedUntil, { now: Date.now(), ms: tablesPauseMs });
        const replacement = isPaused ? await tryOtherRegions(repeat) : undefined;
        if (replacement !== undefined) return replacement;
        try {
          return await withTimeout(next(args));
        } catch (error) {
          if (isClientError(error)) throw error;
          if (!isPaused) onError(`the tables of ${region} do not respond`, error);
          pausedUntil = Date.now() + tablesPauseMs;
          const answer = isPaused ? undefined : await tryOtherRegions(repeat);
          if (answer === undefined) throw error;
          return answer;
        }
      },
    { step: "initialize", name: "otherRegion" },
  );
  return DynamoDBDocumentClient.from(local, { marshallOptions });
};

/** Whether the request itself is wrong, so another region would fail too. */
const isClientError = (error: unknown): boolean =>
  error instanceof Error && clientErrors.includes(error.name);

const clientErrors = [
  "ValidationException",
  "AccessDeniedException",
  "ConditionalCheckFailedException",
];

/** Rejects after `localReadMsMax`; another region is then tried. */
const withTimeout = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("timeout")), localReadMsMax);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
