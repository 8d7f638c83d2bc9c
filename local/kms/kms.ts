import { randomBytes } from "node:crypto";
import * as z from "zod";
import type { AwsRequest } from "../http/awsRequest.ts";
import { type AwsService, startAwsService } from "../http/awsService.ts";
import { RestFailure } from "../http/restFailure.ts";
import type { Credentials } from "../http/signature.ts";
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
  readonly log: Log;
}

/**
 * Starts KMS on any free port of 127.0.0.1.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
 */
export const startKms = async (options: KmsOptions): Promise<Kms> => {
  const { folder, region, account, credentials, log } = options;
  const ring = openKeyRing(folder);
  const arn = (id: string) => `arn:aws:kms:${region}:${account}:key/${id}`;
  const service = await startAwsService({
    region,
    serviceOf: () => "keys",
    signers: { credentials, region, services: ["kms"] },
    bodyBytesMax: 65_536,
    handler: async (request) => ({
      status: 200,
      headers: { "content-type": "application/x-amz-json-1.1" },
      body: JSON.stringify(act(request, ring, arn)),
    }),
    log,
  });
  return { ...service, providers: [keyProvider(ring), aliasProvider(ring)] };
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

const act = ({ headers, body }: AwsRequest, ring: KeyRing, arn: (id: string) => string): object => {
  const action = String(headers["x-amz-target"]).replace("TrentService.", "");
  const input: unknown = JSON.parse(body.toString());
  switch (action) {
    case "GenerateDataKey": {
      const { KeyId, EncryptionContext } = read(inputs.GenerateDataKey, input);
      const [id, key] = [ring.find(KeyId), randomBytes(32)];
      const CiphertextBlob = ring.encrypt(id, key, EncryptionContext).toString("base64");
      return { CiphertextBlob, Plaintext: key.toString("base64"), KeyId: arn(id) };
    }
    case "Encrypt": {
      const { KeyId, Plaintext, EncryptionContext } = read(inputs.Encrypt, input);
      const id = ring.find(KeyId);
      const CiphertextBlob = ring.encrypt(id, Plaintext, EncryptionContext).toString("base64");
      return { CiphertextBlob, KeyId: arn(id), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" };
    }
    case "Decrypt": {
      const { KeyId, CiphertextBlob, EncryptionContext } = read(inputs.Decrypt, input);
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

const keyProvider = (ring: KeyRing): ResourceProvider =>
  resourceProvider({
    type: "AWS::KMS::Key",
    properties: z.strictObject({
      Description: z.string().optional(),
      // Ignored: the credentials of this start allow everything, and keys live as long as their
      // state folder.
      KeyPolicy: z.unknown(),
      EnableKeyRotation: z.boolean().optional(),
      PendingWindowInDays: z.number().optional(),
    }),
    async create(_, { stack, logicalId, region, account }) {
      const id = await ring.create(`${stack}-${logicalId}`);
      return {
        ref: id,
        attributes: { Arn: `arn:aws:kms:${region}:${account}:key/${id}`, KeyId: id },
      };
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
