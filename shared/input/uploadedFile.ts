import * as z from "zod/mini";
import { documentAs } from "./documentAs.ts";

/** A file in a request: a part of a multipart form, or base64 in a field of JSON. */
export class UploadedFile {
  readonly bytes: Buffer;
  /** The name on the client; absent in JSON. */
  readonly name: string | undefined;

  constructor(bytes: Buffer, name?: string) {
    this.bytes = bytes;
    this.name = name;
  }
}

const error = (issue: { readonly input?: unknown }): string =>
  issue.input === undefined
    ? "is missing: a file of a multipart form"
    : "must be a file of a multipart form, or base64";

const bytesOf = (text: string): Buffer => Buffer.from(text, "base64");

const fileOf = (value: unknown): UploadedFile | undefined => {
  if (value instanceof UploadedFile) return value;
  if (typeof value !== "string" || value === "") return undefined;
  const bytes = bytesOf(value);
  return bytes.toString("base64") === value ? new UploadedFile(bytes) : undefined;
};

/** A file of a form, or base64 (RFC 4648) in JSON. */
export const uploadedFile = documentAs(
  z.pipe(
    z.unknown().check(z.refine((value) => fileOf(value) !== undefined, { error })),
    z.transform((value: unknown) => fileOf(value) ?? new UploadedFile(Buffer.alloc(0))),
  ),
  { type: "string", contentEncoding: "base64", minLength: 1 },
);
