import { tokenBucket } from "../platform/tokenBucket.ts";

interface MethodSetting {
  readonly HttpMethod: string;
  /**
   * As in the template: `/*` means all methods; otherwise every slash but the first is written
   * `~1`.
   */
  readonly ResourcePath: string;
  readonly ThrottlingRateLimit?: number | undefined;
  readonly ThrottlingBurstLimit?: number | undefined;
}

const all = "* /*";

/**
 * Returns a function that reports whether a stage admits a request. A method with its own limit is
 * independent of the default limit, which all other methods share here; API Gateway applies it to
 * each method:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
 */
export const throttle = (
  settings: readonly MethodSetting[],
): ((method: string, path: string) => boolean) => {
  const buckets = new Map(settings.flatMap(bucketOf));
  return (method, path) => {
    const bucket = buckets.get(`${method} ${path}`) ?? buckets.get(all);
    return bucket === undefined || bucket();
  };
};

const bucketOf = (setting: MethodSetting): [string, () => boolean][] => {
  const { HttpMethod, ResourcePath, ThrottlingRateLimit, ThrottlingBurstLimit } = setting;
  if (ThrottlingRateLimit === undefined || ThrottlingBurstLimit === undefined) return [];
  const bucket = tokenBucket({
    perSecond: ThrottlingRateLimit,
    burst: ThrottlingBurstLimit,
    // Monotonic: with the system clock, no request would be admitted for a while after the clock is
    // set back.
    now: performance.now.bind(performance),
  });
  return [[methodOf({ HttpMethod, ResourcePath }), bucket]];
};

/** The method of a setting, such as `GET /v1/devices`; `* /*` for all methods. */
export const methodOf = ({
  HttpMethod,
  ResourcePath,
}: Pick<MethodSetting, "HttpMethod" | "ResourcePath">): string =>
  `${HttpMethod} ${ResourcePath.replace(/^\/~1/, "/").replaceAll("~1", "/")}`;
