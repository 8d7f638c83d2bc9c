import { threadFile } from "../start/sourceFile.ts";
import { openServiceHost, type ServiceHost } from "./serviceHost.ts";

/**
 * Starts a thread for the tables and the objects of a region. One for each would take 25 MB more,
 * and objects are rare.
 */
export const openStoresThread = (): ServiceHost =>
  openServiceHost(threadFile("storesThread", "local/storesThread.ts"));
