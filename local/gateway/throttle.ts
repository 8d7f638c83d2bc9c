import { tokenBucket } from "../platform/tokenBucket.ts";

interface MethodSetting {
  readonly HttpMethod: string;
  /** As the template writes it: `/*` is all, and otherwise every slash but the first stands as `~1`. */
  readonly ResourcePath: string;
  readonly ThrottlingRateLimit?: number | undefined;
  readonly ThrottlingBurstLimit?: number | undefined;
}

const all = "* /*";

/**
 * Says of each request whether a stage lets it pass. A method with a limit of its own neither uses up nor feels the
 * limit of the others, which share one here; API Gateway gives each of them as much:
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
    // Of the machine's own clock nobody would get in after it was set back, until it is as late again.
    now: performance.now.bind(performance),
  });
  return [[`${HttpMethod} ${ResourcePath.replace(/^\/~1/, "/").replaceAll("~1", "/")}`, bucket]];
};
