import * as z from "zod";
import { signingRequestBytesMax } from "./limits.ts";

/** A certificate signing request (PKCS #10) in PEM. */
export const signingRequest = z
  .string()
  .max(signingRequestBytesMax)
  .refine((text) => text.includes("-----BEGIN"), "must be a PKCS#10 request in PEM");
