import * as z from "zod/mini";
import type { CallPolicy } from "./call.ts";
import { openJsonCaller } from "./jsonCaller.ts";

/** Pairs that KMS binds to a ciphertext and logs. */
type Context = Readonly<Record<string, string>>;

/**
 * The operations of KMS that functions use, with one key and one context.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html
 */
export interface KeyClient {
  /** Makes a data key of 256 bits. */
  generateDataKey(): Promise<{ plaintext: Uint8Array; ciphertext: Uint8Array }>;
  encrypt(plaintext: Uint8Array): Promise<Uint8Array>;
  decrypt(ciphertext: Uint8Array): Promise<Uint8Array>;
}

const bytes = z.pipe(
  z.string(),
  z.transform((base64): Uint8Array => Buffer.from(base64, "base64")),
);
const dataKeyReply = z.object({ Plaintext: bytes, CiphertextBlob: bytes });
const encryptReply = z.object({ CiphertextBlob: bytes });
const decryptReply = z.object({ Plaintext: bytes });

/** A key of KMS in a region, by its id or alias. */
export const openKeyClient = (
  { KeyId, EncryptionContext }: { KeyId: string; EncryptionContext: Context },
  policy: CallPolicy,
  region: string,
): KeyClient => {
  const service = { name: "kms", target: "TrentService", version: "1.1" } as const;
  const send = openJsonCaller(service, policy, region);
  const call = (action: string, input: object) =>
    send(action, { KeyId, EncryptionContext, ...input });
  return {
    async generateDataKey() {
      const reply = dataKeyReply.parse(await call("GenerateDataKey", { KeySpec: "AES_256" }));
      return { plaintext: reply.Plaintext, ciphertext: reply.CiphertextBlob };
    },
    async encrypt(plaintext) {
      const Plaintext = Buffer.from(plaintext).toString("base64");
      return encryptReply.parse(await call("Encrypt", { Plaintext })).CiphertextBlob;
    },
    async decrypt(ciphertext) {
      const CiphertextBlob = Buffer.from(ciphertext).toString("base64");
      return decryptReply.parse(await call("Decrypt", { CiphertextBlob })).Plaintext;
    },
  };
};
