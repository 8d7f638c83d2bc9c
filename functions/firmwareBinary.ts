import type { APIGatewayProxyEvent } from "aws-lambda";
import { dynamoFirmwareVersions } from "#shared/aws/firmware/firmwareVersions.ts";
import { s3Images } from "#shared/aws/firmware/images.ts";
import { findFirmware } from "#shared/firmware/changeFirmware.ts";
import { readInput } from "#shared/input/readInput.ts";
import { env } from "#shared/platform/env.ts";
import { Failure } from "#shared/platform/failure.ts";
import { firmwareBinaryRoutes } from "#shared/routes/firmwareRoutes.ts";
import { openCallers } from "./edge/callers.ts";
import { callerRequest, formOf } from "./edge/http/api.ts";
import { failureReply } from "./edge/http/reply.ts";
import { readRequest } from "./edge/http/request.ts";
import { logger } from "./edge/logger.ts";

const names = env.firmwareBinary.parse(process.env);
const { AWS_REGION: region, REGIONS: regions } = names;
const { globals, authenticate } = openCallers(names);
const versions = dynamoFirmwareVersions(globals, names.FIRMWARE_TABLE);
const images = s3Images({ region, regions, prefix: names.FIRMWARE_BUCKET_PREFIX }, (what, error) =>
  logger.warn(what, { error }),
);

const read = async (event: APIGatewayProxyEvent): Promise<{ bytes: Buffer; name: string }> => {
  const { route, access } = formOf(firmwareBinaryRoutes, event);
  const { fields, ignored } = readRequest(event, route);
  const { product } = await authenticate(callerRequest(event, fields, access));
  const { version } = readInput(route.input, fields, ignored);
  if (product === undefined) throw new Failure("Product not found", { code: "not_found" });
  const { sha256, name } = await findFirmware({ product: product.id, version }, { versions });
  const bytes = await images.get(sha256);
  if (bytes !== undefined) return { bytes, name };
  throw new Failure("The image is not stored in any region.", { code: "not_found" });
};

/** A header has no quotes, control characters or other than ASCII characters in it. */
const fileName = (name: string): string => name.replaceAll(/[^\w.-]/g, "_");

/**
 * Streams an image. A function that answers at once would have to encode it: API Gateway decodes a
 * reply only for the binary media types that the client accepts.
 */
export const handler = awslambda.streamifyResponse(async (event: APIGatewayProxyEvent, raw) => {
  try {
    const { bytes, name } = await read(event);
    const out = awslambda.HttpResponseStream.from(raw, {
      statusCode: 200,
      headers: {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename="${fileName(name)}"`,
        "cache-control": "no-store",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
      },
    });
    // Lambda sends the status and headers with the first write.
    out.write(bytes);
    out.end();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { body, ...head } = failureReply(error);
    const out = awslambda.HttpResponseStream.from(raw, head);
    out.write(body);
    out.end();
  }
});
