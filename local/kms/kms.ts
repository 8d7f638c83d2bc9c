import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { AwsRequest } from "../http/awsRequest.ts";
import { type AwsService, jsonError, startAwsService } from "../http/awsService.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Credentials } from "../http/signature.ts";
import type { Access } from "../iam/access.ts";
import { AccessDenied } from "../iam/accessDenied.ts";
import { kmsPermissions } from "../iam/permission/kms.ts";
import type { Log } from "../platform/log.ts";
import { type ResourceProvider, resourceProvider } from "../template/resourceProvider.ts";
import { type KeyRing, openKeyRing } from "./keyRing.ts";

/** KMS: symmetric keys that never leave it, and data keys encrypted with them. */
export interface Kms extends AwsService {
  readonly providers: readonly ResourceProvider[];
}

export interface KmsOptions {
  readonly folder: string;
  readonly region: string;
  readonly account: string;
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  /** Receives the policy of each key, by its ARN. */
  readonly addKeyPolicy?: (arn: string, policy: unknown) => void;
  readonly log: Log;
}

/**
 * Starts KMS on any free port of 127.0.0.1.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
 */
export const startKms = async (options: KmsOptions): Promise<Kms> => {
  const { folder, region, account, credentials, access, addKeyPolicy = () => {}, log } = options;
  const permissionsOf = kmsPermissions({ region, account });
  const authorize = (roleKey: string | undefined, action: string, input: KeyInput): void => {
    if (roleKey === undefined) return;
    const id = input.CiphertextBlob
      ? ring.keyOf(input.CiphertextBlob)
      : ring.find(input.KeyId ?? "");
    access?.authorize(roleKey, permissionsOf(action, input, { id, aliases: ring.aliasesOf(id) }));
  };
  const ring = openKeyRing(folder);
  const arn = (id: string) => `arn:aws:kms:${region}:${account}:key/${id}`;
  const service = await startAwsService({
    region,
    serviceOf: () => "keys",
    signers: { credentials, roles: access, region, services: ["kms"] },
    bodyBytesMax: 65_536,
    handler: async (request) => ({
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(act(request, { ring, arn, authorize })),
    }),
    errorResponse: (failure) =>
      jsonError(failure instanceof AccessDenied ? denied(failure) : failure),
    log,
  });
  return { ...service, providers: [keyProvider(ring, addKeyPolicy), aliasProvider(ring)] };
};

const context = z.record(z.string(), z.string()).default({});
const bytes = z.base64().transform((text) => Buffer.from(text, "base64"));
const inputs = {
  GenerateDataKey: z.strictObject({
    KeyId: z.string(),
    KeySpec: z.literal("AES_256"),
    EncryptionContext: context,
  }),
  Encrypt: z.strictObject({ KeyId: z.string(), Plaintext: bytes, EncryptionContext: context }),
  Decrypt: z.strictObject({
    KeyId: z.string().optional(),
    CiphertextBlob: bytes,
    EncryptionContext: context,
  }),
};

/** The members of an input that name a key. */
interface KeyInput {
  readonly KeyId?: string | undefined;
  readonly CiphertextBlob?: Buffer | undefined;
  readonly EncryptionContext: Readonly<Record<string, string>>;
}

interface ActDeps {
  readonly ring: KeyRing;
  readonly arn: (id: string) => string;
  /** Fails with an `AccessDenied` unless the role may use the key. */
  readonly authorize: (roleKey: string | undefined, action: string, input: KeyInput) => void;
}

/** KMS answers with 400. */
const denied = ({ message, code }: AccessDenied): RestFailure =>
  new RestFailure(message, { status: 400, code });

const act = ({ headers, body, roleKey }: AwsRequest, { ring, arn, authorize }: ActDeps): object => {
  const action = String(headers["x-amz-target"]).replace("TrentService.", "");
  const input: unknown = JSON.parse(body.toString());
  switch (action) {
    case "GenerateDataKey": {
      const given = read(inputs.GenerateDataKey, input);
      authorize(roleKey, action, given);
      const { KeyId, EncryptionContext } = given;
      const [id, key] = [ring.find(KeyId), randomBytes(32)];
      const CiphertextBlob = ring.encrypt(id, key, EncryptionContext).toString("base64");
      return { CiphertextBlob, Plaintext: key.toString("base64"), KeyId: arn(id) };
    }
    case "Encrypt": {
      const given = read(inputs.Encrypt, input);
      authorize(roleKey, action, given);
      const { KeyId, Plaintext, EncryptionContext } = given;
      const id = ring.find(KeyId);
      const CiphertextBlob = ring.encrypt(id, Plaintext, EncryptionContext).toString("base64");
      return { CiphertextBlob, KeyId: arn(id), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    }
    case "Decrypt": {
      const given = read(inputs.Decrypt, input);
      authorize(roleKey, action, given);
      const { KeyId, CiphertextBlob, EncryptionContext } = given;
      const { keyId, plaintext } = ring.decrypt(CiphertextBlob, EncryptionContext);
      if (KeyId !== undefined && ring.find(KeyId) !== keyId) {
        throw new RestFailure("another key", { status: 400, code: "IncorrectKeyException" });
      }
      return { Plaintext: plaintext.toString("base64"), KeyId: arn(keyId) };
    }
    default:
      throw invalid(`the action ${action} is not supported`);
  }
};

const read = <Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> => {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw invalid(parsed.error.issues.map(({ message }) => message).join("; "));
};

const invalid = (message: string): RestFailure =>
  new RestFailure(message, { status: 400, code: "ValidationException" });

const keyProvider = (
  ring: KeyRing,
  addPolicy: (arn: string, policy: unknown) => void,
): ResourceProvider =>
  resourceProvider({
    type: "AWS::KMS::Key",
    properties: z.strictObject({
      Description: z.string().optional(),
      KeyPolicy: z.unknown(),
      // Keys live as long as their state folder.
      EnableKeyRotation: z.boolean().optional(),
      PendingWindowInDays: z.number().optional(),
    }),
    async create({ KeyPolicy }, { stack, logicalId, region, account }) {
      const id = await ring.create(`${stack}-${logicalId}`);
      const arn = `arn:aws:kms:${region}:${account}:key/${id}`;
      addPolicy(arn, KeyPolicy);
      return { ref: id, attributes: { Arn: arn, KeyId: id } };
    },
  });

const aliasProvider = (ring: KeyRing): ResourceProvider =>
  resourceProvider({
    type: "AWS::KMS::Alias",
    properties: z.strictObject({ AliasName: z.string(), TargetKeyId: z.string() }),
    create({ AliasName, TargetKeyId }) {
      ring.addAlias(AliasName, ring.find(TargetKeyId));
      return { ref: AliasName };
    },
  });
