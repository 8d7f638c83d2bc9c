import { Stack } from "aws-cdk-lib";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { allow } from "./allow.ts";
import { keptBucket } from "./keptBucket.ts";

const objectsOfImages = "Each image is an object with its SHA-256 as the key.";

interface FirmwareImagesOptions {
  /** All regions of the deployment, each of which has such a bucket. */
  readonly regions: readonly string[];
}

/**
 * The images of firmware in this region: `images/<sha256>`. The name of the bucket ends in the
 * region, so that a function of one region finds the buckets of the others. Nothing in it expires:
 * an image is deleted with the last firmware version that has it.
 */
export class FirmwareImages extends Construct {
  readonly bucket: Bucket;
  private readonly regions: readonly string[];

  constructor(scope: Construct, id: string, { regions }: FirmwareImagesOptions) {
    super(scope, id);
    this.regions = regions;
    this.bucket = keptBucket(this, [], this.nameIn(Stack.of(this).region));
  }

  /** What a function needs to find the bucket of each region. */
  get environment(): { readonly FIRMWARE_BUCKET_PREFIX: string } {
    return { FIRMWARE_BUCKET_PREFIX: this.namePrefix };
  }

  /** Lets a function read images, by default those of every region. */
  allowRead(reader: IFunction, regions: readonly string[] = this.regions): void {
    allow(reader, ["s3:GetObject"], this.objectsOf(regions), objectsOfImages);
    // Without it, S3 answers 403 for an image that is missing.
    allow(
      reader,
      ["s3:ListBucket"],
      regions.map((region) => this.arnOf(region)),
    );
  }

  /** Lets a function store images, by default in every region. */
  allowWrite(writer: IFunction, regions: readonly string[] = this.regions): void {
    allow(writer, ["s3:PutObject"], this.objectsOf(regions), objectsOfImages);
  }

  /** Lets a function delete images in every region. */
  allowDelete(remover: IFunction): void {
    allow(remover, ["s3:DeleteObject"], this.objectsOf(this.regions), objectsOfImages);
  }

  private get namePrefix(): string {
    return `godwit-firmware-${Stack.of(this).account}-`;
  }

  private nameIn(region: string): string {
    return `${this.namePrefix}${region}`;
  }

  private arnOf(region: string): string {
    return `arn:${Stack.of(this).partition}:s3:::${this.nameIn(region)}`;
  }

  private objectsOf(regions: readonly string[]): string[] {
    return regions.map((region) => `${this.arnOf(region)}/images/*`);
  }
}
