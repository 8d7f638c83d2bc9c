import { connectDevice } from "./client.ts";

/** Whether the broker accepts a device's connection. Disconnects at once. */
export const canConnect = async (
  place: Parameters<typeof connectDevice>[0],
  identity: Parameters<typeof connectDevice>[1],
): Promise<boolean> => {
  try {
    const client = await connectDevice(place, identity);
    await client.endAsync();
    return true;
  } catch {
    return false;
  }
};
