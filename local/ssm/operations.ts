import * as z from "zod";
import type { AwsHandler } from "../http/awsRequest.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Authorize } from "../iam/authorize.ts";
import {
  descriptionCharsMax,
  nameCharsMax,
  namesMax,
  parametersMax,
  valueBytesMax,
} from "./limits.ts";
import type { Parameter, ParameterFile } from "./parameterFile.ts";

export interface ParameterDeps {
  readonly file: ParameterFile;
  readonly arnOf: (name: string) => string;
  readonly authorize: Authorize;
}

const prefix = "AmazonSSM.";
const anyName = z.string().min(1).max(nameCharsMax);
const newName = anyName.regex(/^\/?[\w.-]+(\/[\w.-]+)*$/, "letters, digits, and the symbols .-_/");

const inputs = {
  GetParameter: z.strictObject({ Name: anyName, WithDecryption: z.boolean().default(false) }),
  GetParameters: z.strictObject({
    Names: z.array(anyName).min(1).max(namesMax),
    WithDecryption: z.boolean().default(false),
  }),
  PutParameter: z.strictObject({
    Name: newName,
    Value: z.string().min(1),
    Type: z.enum(["String", "StringList", "SecureString"]).optional(),
    Overwrite: z.boolean().default(false),
    Description: z.string().max(descriptionCharsMax).optional(),
    // The key that AWS manages; the file is not encrypted.
    KeyId: z.literal("alias/aws/ssm").optional(),
    Tier: z.enum(["Standard", "Intelligent-Tiering"]).optional(),
    DataType: z.literal("text").optional(),
  }),
  DeleteParameter: z.strictObject({ Name: anyName }),
};

/**
 * Answers requests of Parameter Store in the AWS JSON protocol.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
export const ssmHandler =
  (deps: ParameterDeps): AwsHandler =>
  async ({ headers, body, roleKey }) => {
    const target = headers["x-amz-target"] ?? "";
    const operation = target.startsWith(prefix) ? target.slice(prefix.length) : "";
    const input: unknown = JSON.parse(body.toString());
    const run = operations(deps)[operation];
    if (run === undefined) {
      throw failure("UnknownOperationException", `${target} is not supported here`);
    }
    deps.authorize(roleKey, operation, input);
    return {
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(await run(input)),
    };
  };

const operations = (
  deps: ParameterDeps,
): Readonly<Record<string, (input: unknown) => object | Promise<object>>> => {
  const { file } = deps;
  return {
    GetParameter(input) {
      const { Name, WithDecryption } = read(inputs.GetParameter, input);
      const found = file.find(Name);
      if (found === undefined) throw notFound(Name);
      return { Parameter: view(found, WithDecryption, deps) };
    },
    GetParameters(input) {
      const { Names, WithDecryption } = read(inputs.GetParameters, input);
      const found = Names.flatMap((name) => file.find(name) ?? []);
      return {
        Parameters: found.map((each) => view(each, WithDecryption, deps)),
        InvalidParameters: Names.filter((name) => file.find(name) === undefined),
      };
    },
    PutParameter: (input) => put(read(inputs.PutParameter, input), file),
    async DeleteParameter(input) {
      const { Name } = read(inputs.DeleteParameter, input);
      if (file.find(Name) === undefined) throw notFound(Name);
      await file.remove(Name);
      return {};
    },
  };
};

const put = async (
  { Name, Value, Type, Overwrite }: z.output<typeof inputs.PutParameter>,
  file: ParameterFile,
): Promise<object> => {
  const known = file.find(Name);
  if (known !== undefined && !Overwrite) {
    throw failure(
      "ParameterAlreadyExists",
      "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    );
  }
  const type = Type ?? known?.type;
  if (type === undefined) {
    throw failure(
      "ValidationException",
      "A parameter type is required when you create a parameter.",
    );
  }
  if (known === undefined && file.size >= parametersMax) {
    throw failure("ParameterLimitExceeded", "You have exceeded the number of parameters.");
  }
  if (Buffer.byteLength(Value) > valueBytesMax) {
    throw failure(
      "ValidationException",
      `Standard tier parameters support a maximum parameter value of ${valueBytesMax} characters.`,
    );
  }
  const version = (known?.version ?? 0) + 1;
  await file.put({ name: Name, type, value: Value, version, changedAt: Date.now() });
  return { Version: version, Tier: "Standard" };
};

const read = <Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> => {
  const { success, data, error } = schema.safeParse(input);
  if (success) return data;
  throw failure(
    "ValidationException",
    error.issues.map(({ path, message }) => [...path, message].join(": ")).join("; "),
  );
};

const view = (
  { name, type, value, version, changedAt }: Parameter,
  isDecrypted: boolean,
  { arnOf }: ParameterDeps,
): object => {
  if (type === "SecureString" && !isDecrypted) {
    throw failure(
      "ValidationException",
      `${name} is a SecureString: here it requires WithDecryption`,
    );
  }
  return {
    Name: name,
    Type: type,
    Value: value,
    Version: version,
    LastModifiedDate: changedAt / 1_000,
    ARN: arnOf(name),
    DataType: "text",
  };
};

const failure = (code: string, message: string): RestFailure =>
  new RestFailure(message, { status: 400, code });

const notFound = (name: string): RestFailure =>
  failure("ParameterNotFound", `Parameter ${name} not found.`);
