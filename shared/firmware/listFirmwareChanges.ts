import type { FirmwareChange, FirmwareHistory } from "./firmwareHistory.ts";

interface Deps {
  readonly history: Pick<FirmwareHistory, "changesOf">;
}

/**
 * The newest changes of the firmware of a device while it was in the product, newest first. What it
 * ran in another product belongs to the owner of that one.
 */
export const listFirmwareChanges = async (
  { device, product, limit }: { device: string; product: number; limit: number },
  { history }: Deps,
): Promise<{ changes: FirmwareChange[]; hasMore: boolean }> => {
  const own = (await history.changesOf(device)).filter((change) => change.product === product);
  return { changes: own.slice(0, limit), hasMore: own.length > limit };
};
