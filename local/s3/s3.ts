import { MessageChannel } from "node:worker_threads";
import * as z from "zod";
import type { InterceptorState } from "../fault/interceptor.ts";
import type { TlsIdentity } from "../http/tlsServer.ts";
import type { AccessData } from "../iam/accessData.ts";
import { openUsageMeter } from "../platform/usageMeter.ts";
import { openDiskSpace } from "../state/diskSpace.ts";
import type { ResourceProvider } from "../template/resourceProvider.ts";
import type { ServiceHost } from "../thread/serviceHost.ts";
import { startServiceThread } from "../thread/serviceThread.ts";
import { openStoresThread } from "../thread/storesThread.ts";
import type { Wire } from "../wire/messages.ts";
import { bucketProvider } from "./bucketProvider.ts";
import { type S3Client, s3Client } from "./s3Client.ts";
import type { S3ServerOptions } from "./s3Server.ts";

/** S3 of one region. */
export interface S3 {
  readonly url: string;
  readonly providers: readonly ResourceProvider[];
  readonly client: S3Client;
  /**
   * Opens a wire to the thread. The returned end is for one environment, whose role has the access
   * key `roleKey`.
   */
  openWire(roleKey?: string): Wire;
  /** Replaces the roles that may call. */
  setAccess(data: AccessData): Promise<void>;
  setFaults(state: InterceptorState): Promise<void>;
  /** Also listens with TLS, for presigned URLs that devices use. Returns the URL. */
  listenTls(identity: TlsIdentity): Promise<string>;
  stop(): Promise<void>;
}

export interface S3Options extends Omit<S3ServerOptions, "access"> {
  /** The thread; by default one of its own. */
  readonly host?: ServiceHost | undefined;
  readonly onFatalError: (error: Error) => void;
}

/** Starts S3 in the thread of the stores, so that large objects do not delay the broker. */
export const startS3 = async (options: S3Options): Promise<S3> => {
  const { region, credentials, folder, counterConfig, durability } = options;
  const { host = openStoresThread() } = options;
  const { usageMeter = openUsageMeter(), space = openDiskSpace() } = options;
  const data = {
    region,
    credentials,
    folder,
    counterConfig,
    durability,
    usageMeter: usageMeter.memory,
    space: space.memory,
  };
  const thread = await startServiceThread({ ...options, host, service: "s3", data });
  const client = s3Client(thread.url, { credentials, region, service: "s3" });
  return {
    url: thread.url,
    providers: [bucketProvider(client)],
    client,
    openWire(roleKey) {
      const { port1, port2 } = new MessageChannel();
      // If the thread has ended, the cloud ends.
      thread.ask({ wire: port1, roleKey }, [port1]).catch(() => {});
      return { hosts: [new URL(thread.url).host], port: port2 };
    },
    async setAccess(data) {
      await thread.ask({ access: data });
    },
    async setFaults(faults) {
      await thread.ask({ faults });
    },
    listenTls: async (tls) => z.string().parse(await thread.ask({ tls })),
    async stop() {
      client.close();
      await thread.stop();
    },
  };
};
