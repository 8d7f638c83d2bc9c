import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";

/** Folders of assets, by the object key of their upload. */
export type AssetFolders = ReadonlyMap<string, string>;

const manifest = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string().optional(), packaging: z.string().optional() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

/** Reads the asset manifests of a cloud assembly. Includes only assets that are folders. */
export const readAssetFolders = async (assembly: string): Promise<AssetFolders> => {
  const names = (await readdir(assembly)).filter((name) => name.endsWith(".assets.json"));
  const folders = await Promise.all(names.map((name) => foldersIn(assembly, name)));
  return new Map(folders.flat());
};

const foldersIn = async (assembly: string, name: string): Promise<[string, string][]> => {
  const { files } = manifest.parse(JSON.parse(await readFile(join(assembly, name), "utf8")));
  return Object.values(files).flatMap(({ source, destinations }) => {
    const { path, packaging } = source;
    if (path === undefined || packaging !== "zip") return [];
    const folder = join(assembly, path);
    return Object.values(destinations).map(({ objectKey }): [string, string] => [
      objectKey,
      folder,
    ]);
  });
};
