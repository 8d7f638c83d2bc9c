import type { IncomingMessage, ServerResponse } from "node:http";
import * as z from "zod";
import type { Log } from "../platform/log.ts";
import { bucketOf } from "../s3/bucketProvider.ts";
import type { S3Client } from "../s3/s3Client.ts";
import {
  type CreatedResource,
  type ResourceContext,
  type ResourceProvider,
  resourceProvider,
} from "../template/resourceProvider.ts";
import { distribution, headersOf, headersPolicy } from "./distribution.ts";

/** CloudFront on one machine: serves the files of one bucket below a path of the API's server. */
export interface CloudFront {
  readonly providers: readonly ResourceProvider[];
  /** Whether the request is for the site. */
  matches(request: IncomingMessage): boolean;
  /** Responds to a request for the site. Never rejects. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

interface Site {
  readonly bucket: string;
  readonly prefix: string;
  readonly root: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface CloudFrontOptions {
  /** The path of the site, such as `/status`. */
  readonly path: string;
  readonly buckets: Pick<S3Client, "get">;
  readonly log: Log;
}

/** Opens CloudFront. Only one distribution is supported. */
export const openCloudFront = ({ path, buckets, log }: CloudFrontOptions): CloudFront => {
  const policies = new Map<string, Readonly<Record<string, string>>>();
  let site: Site | undefined;
  const providers = [
    resourceProvider({
      type: "AWS::CloudFront::ResponseHeadersPolicy",
      properties: headersPolicy,
      create(properties, place) {
        policies.set(idOf(place), headersOf(properties));
        return { ref: idOf(place), attributes: { Id: idOf(place) } };
      },
    }),
    resourceProvider({
      type: "AWS::CloudFront::Distribution",
      properties: distribution,
      create({ DistributionConfig: config }, place) {
        if (site !== undefined) throw new Error("only one distribution of a region is supported");
        const [origin] = config.Origins;
        const { ResponseHeadersPolicyId } = config.DefaultCacheBehavior;
        site = {
          bucket: bucketOf(origin.DomainName),
          prefix: `${origin.OriginPath.slice(1)}/`,
          root: config.DefaultRootObject,
          headers: policies.get(ResponseHeadersPolicyId ?? "") ?? {},
        };
        return { ref: idOf(place), attributes: { DomainName: "status.invalid" } };
      },
    }),
    named("AWS::CloudFront::CachePolicy", z.strictObject({ CachePolicyConfig: z.unknown() })),
    named(
      "AWS::CloudFront::OriginAccessControl",
      z.strictObject({ OriginAccessControlConfig: z.unknown() }),
    ),
  ];
  return {
    providers,
    matches: ({ url = "" }) => url.startsWith(path) && /^(?:$|[/?])/.test(url.slice(path.length)),
    async serve(request, response) {
      const target = (request.url ?? "").split("?")[0]?.slice(path.length) ?? "";
      try {
        await respond(request, response, { target, path, site, buckets });
      } catch (error) {
        log("a file of the status page was not read", { target, error: String(error) }, "error");
        if (!response.headersSent) send(response, { status: 503, text: "Service Unavailable\n" });
        else response.destroy();
      }
    },
  };
};

interface Responding {
  readonly target: string;
  readonly path: string;
  readonly site: Site | undefined;
  readonly buckets: Pick<S3Client, "get">;
}

const respond = async (
  { method }: IncomingMessage,
  response: ServerResponse,
  { target, path, site, buckets }: Responding,
): Promise<void> => {
  if (method !== "GET" && method !== "HEAD") {
    send(response, { status: 405, text: "Method Not Allowed\n", headers: { allow: "GET, HEAD" } });
  } else if (target === "") {
    // Links of the page are relative to it.
    send(response, { status: 301, text: "", headers: { location: `${path}/` } });
  } else if (site === undefined) {
    send(response, { status: 404, text: "Not Found\n" });
  } else {
    const key = target === "/" ? site.root : keyOf(target);
    const found = key && (await buckets.get(site.bucket, `${site.prefix}${key}`));
    if (!found) send(response, { status: 404, text: "Not Found\n", headers: site.headers });
    else {
      const { body, type, modified } = found;
      const headers = { ...site.headers, "content-type": type, "last-modified": modified };
      send(response, {
        status: 200,
        text: method === "HEAD" ? undefined : body,
        headers,
        length: body.length,
      });
    }
  }
};

interface Reply {
  readonly status: number;
  /** `undefined` for a response without its body. */
  readonly text: string | Buffer | undefined;
  readonly length?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const send = (response: ServerResponse, { status, text, length, headers }: Reply): void => {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    ...headers,
    "content-length": length ?? Buffer.byteLength(text ?? ""),
  });
  response.end(text);
};

/** The key of a path without its first slash; `undefined` if it is malformed. */
const keyOf = (target: string): string | undefined => {
  try {
    return decodeURIComponent(target.slice(1));
  } catch {
    return undefined;
  }
};

const idOf = ({ stack, logicalId }: ResourceContext): string => `${stack}-${logicalId}`;

/** A resource type without an effect on one machine. */
const named = (type: string, properties: z.ZodType): ResourceProvider =>
  resourceProvider({
    type,
    properties,
    create: (_, place): CreatedResource => ({ ref: idOf(place), attributes: { Id: idOf(place) } }),
  });
