import type { Server } from "node:http";
import { type AwsService, startAwsService } from "../http/awsService.ts";
import type { Credentials } from "../http/signature.ts";
import { listenTls, type TlsIdentity, type TlsServer } from "../http/tlsServer.ts";
import type { Access } from "../iam/access.ts";
import type { Durability } from "../journal/durability.ts";
import type { Log } from "../platform/log.ts";
import { openUsageMeter, type UsageMeter } from "../platform/usageMeter.ts";
import type { CounterConfig } from "../state/changeCounter.ts";
import { type DiskSpace, openDiskSpace } from "../state/diskSpace.ts";
import { requestBytesMax } from "./limits.ts";
import { openObjectStore } from "./objectStore.ts";
import { s3ErrorResponse, s3Handler } from "./protocol/s3Handler.ts";

export interface S3ServerOptions {
  readonly region: string;
  /** The accepted credentials. */
  readonly credentials: Credentials;
  /** The roles that may call; by default only the account's owner may. */
  readonly access?: Access | undefined;
  /** The persistent folder. Without it all data is in memory. */
  readonly folder?: string | undefined;
  readonly counterConfig?: CounterConfig | undefined;
  /** Default: `power`. */
  readonly durability?: Durability | undefined;
  readonly usageMeter?: UsageMeter;
  readonly space?: DiskSpace;
  readonly log?: Log;
}

/** S3 in this thread. */
export interface S3Server extends AwsService {
  /**
   * Also listens with TLS on any free port of 127.0.0.1, for presigned URLs that devices use.
   * Returns the URL.
   */
  listenTls(identity: TlsIdentity): Promise<string>;
}

/** Starts S3 in this thread. */
export const startS3Server = async (options: S3ServerOptions): Promise<S3Server> => {
  const { region, credentials, access, folder, counterConfig, durability = "power" } = options;
  const { usageMeter = openUsageMeter(), space = openDiskSpace(), log = () => {} } = options;
  const store = openObjectStore({ folder, counterConfig, durability, space });
  let http: Server | undefined;
  let secure: TlsServer | undefined;
  const service = await startAwsService({
    region,
    serviceOf: () => "buckets",
    signers: { credentials, roles: access, region, services: ["s3"] },
    bodyBytesMax: requestBytesMax,
    isJson: () => false,
    handler: s3Handler({ access, store, region, usageMeter, space }),
    errorResponse: s3ErrorResponse,
    extend: (server) => {
      http = server;
    },
    log,
  });
  return {
    ...service,
    async listenTls(identity) {
      secure = await listenTls(identity, (request, response) =>
        http?.emit("request", request, response),
      );
      return secure.url;
    },
    async stop() {
      await secure?.stop();
      await service.stop();
      store.close();
    },
  };
};
