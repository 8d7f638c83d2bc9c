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
import { globalTablesMs, tablesRestMs } from "../../platform/limits.ts";
import { acrossRegions, patience } from "./clients.ts";

interface Place {
  readonly region: string;
  /** All that hold a copy. */
  readonly regions: readonly string[];
}

const marshallOptions = { removeUndefinedValues: true };

/**
 * The way to the global tables, by the copies of this region. What cannot be read there in time is read in another
 * region, as of a moment ago; and for a while everything is, so that not each read waits. Writes go to this
 * region's copy only: two regions must not decide about one row.
 */
export const openGlobalTables = (place: Place, onError: OnSetback): DynamoDBDocumentClient =>
  open(place, { onError, elsewhere: readElsewhere });

/**
 * The same for dead letters. Each is written once and whole, under a key of its own: another region's copy takes them
 * while this one cannot, and it does not matter which one did.
 */
export const openGlobalDeadLetters = (place: Place, onError: OnSetback): DynamoDBDocumentClient =>
  open(place, { onError, elsewhere: writeElsewhere });

type OnSetback = (what: string, error: unknown) => void;

/** Makes a request again in another region; `undefined` for what is made in this one only. */
type Elsewhere = (request: {
  readonly name: unknown;
  readonly input: ServiceInputTypes;
}) => ((db: DynamoDBDocumentClient) => Promise<ServiceOutputTypes>) | undefined;

const readElsewhere: Elsewhere = ({ name, input }) => {
  if (isGet(name, input)) return (db) => db.send(new GetCommand(input));
  if (isQuery(name, input)) return (db) => db.send(new QueryCommand(input));
  if (isBatchGet(name, input)) return (db) => db.send(new BatchGetCommand(input));
  return undefined;
};

const writeElsewhere: Elsewhere = (request) => {
  const { name, input } = request;
  return isPut(name, input) ? (db) => db.send(new PutCommand(input)) : readElsewhere(request);
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
  { region, regions }: Place,
  { onError, elsewhere }: { onError: OnSetback; elsewhere: Elsewhere },
): DynamoDBDocumentClient => {
  const here = new DynamoDBClient({ ...patience, region });
  const others = regions
    .filter((other) => other !== region)
    .map((other) => new DynamoDBClient({ ...acrossRegions, region: other }))
    .map((client) => DynamoDBDocumentClient.from(client, { marshallOptions }));
  let restsUntil = 0;
  const askOthers = async (ask: (db: DynamoDBDocumentClient) => Promise<ServiceOutputTypes>) => {
    for (const db of others) {
      try {
        return { output: await ask(db), response: undefined };
      } catch {
        // The next one may do better; if none does, what this region said is what counts.
      }
    }
    return undefined;
  };
  here.middlewareStack.add(
    (next, { commandName: name }) =>
      async (args) => {
        const ask = elsewhere({ name, input: args.input });
        if (ask === undefined || others.length === 0) return next(args);
        const isResting = isUnexpired(restsUntil, { now: Date.now(), ms: tablesRestMs });
        const instead = isResting ? await askOthers(ask) : undefined;
        if (instead !== undefined) return instead;
        try {
          return await inTime(next(args));
        } catch (error) {
          if (isOurFault(error)) throw error;
          if (!isResting) onError(`the tables of ${region} do not answer`, error);
          restsUntil = Date.now() + tablesRestMs;
          const answer = isResting ? undefined : await askOthers(ask);
          if (answer === undefined) throw error;
          return answer;
        }
      },
    { step: "initialize", name: "elsewhere" },
  );
  return DynamoDBDocumentClient.from(here, { marshallOptions });
};

/** Another region would say the same. */
const isOurFault = (error: unknown): boolean =>
  error instanceof Error && ourFaults.includes(error.name);

const ourFaults = [
  "ValidationException",
  "AccessDeniedException",
  "ConditionalCheckFailedException",
];

/** Fails when it takes so long that another region is asked. */
const inTime = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("it takes too long")), globalTablesMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
};
