import { isConfirmed, type Product, productSlug } from "../../account/product/product.ts";
import { Failure } from "../../platform/failure.ts";
import type { FirmwareVersions } from "../firmwareVersion.ts";
import { keyDocumentsMax } from "../limits.ts";
import { requireManifest } from "../releasable.ts";
import type { Envelope } from "./envelope.ts";
import {
  currentKeys,
  type KeyDocument,
  type KeyDocuments,
  verifyKeyDocument,
} from "./keyDocument.ts";

interface KeysDeps {
  readonly keyDocuments: KeyDocuments;
  readonly versions: Pick<FirmwareVersions, "list">;
  readonly now: () => number;
}

/** What the registration of a key document changes. */
export interface KeysPlan {
  readonly current: KeyDocument | undefined;
  readonly next: KeyDocument;
  /** The versions whose manifests are not valid by the next keys. */
  readonly unusable: readonly number[];
}

/** Verifies a key document. Changes nothing. Fails as `registerKeys` does. */
export const planKeys = async (
  signed: Envelope,
  product: Product,
  deps: KeysDeps,
): Promise<KeysPlan> => {
  const now = deps.now();
  const documents = await deps.keyDocuments.list(product.id);
  const current = currentKeys(product.id, documents);
  if (documents.length >= keyDocumentsMax) {
    throw new Failure(`a product has at most ${keyDocumentsMax} key documents`, {
      code: "limit_reached",
    });
  }
  const next = verifyKeyDocument(signed, { product: product.id, before: current, now });
  const unusable: number[] = [];
  for (const firmware of await deps.versions.list(product.id)) {
    try {
      requireManifest(firmware, { keys: next, now });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      unusable.push(firmware.version);
    }
  }
  return { current, next, unusable };
};

/**
 * Registers a key document that follows the current one. The first one cannot be withdrawn, so it
 * needs a confirmation with the name of the product. Fails with `needs_confirmation`, with
 * `invalid_request` unless the threshold of the current and of the next keys has signed it, and
 * with `conflict` if another request registered one with this number.
 */
export const registerKeys = async (
  { document, confirm }: { document: Envelope; confirm?: string | undefined },
  product: Product,
  deps: KeysDeps,
): Promise<KeyDocument> => {
  const { current, next } = await planKeys(document, product, deps);
  if (current === undefined && !isConfirmed(product, confirm)) {
    throw new Failure(
      `from now on, only images that these keys have signed are accepted, and this cannot be undone: read the plan with plan=true, then repeat with confirm=${productSlug(product)}`,
      { code: "needs_confirmation" },
    );
  }
  await deps.keyDocuments.add(product.id, next.number, document);
  return next;
};
