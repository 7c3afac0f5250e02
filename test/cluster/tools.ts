import { existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../setup/steps.ts';
import { type BinaryName, binary, ensureBinaries } from '../toolchain/binaries.ts';
import { cached } from '../toolchain/cache.ts';

/** The command-line tools that tests, the demo and people use, each under its usual name. */
export const TOOLS = ['kubectl', 'kind', 'helm'] as const satisfies readonly BinaryName[];

/** One folder for PATH that holds the tools at the project's versions. */
export const toolsFolder = (): string => cached('tools', 'x').slice(0, -2);

/** Makes sure of tools and links them into `toolsFolder()`. */
export async function ensureTools(names: readonly BinaryName[], progress: Progress): Promise<void> {
  await ensureBinaries(names, progress);
  for (const name of names) linkTool(name, binary(name));
}

/** Puts a program under its name into the folder on PATH. */
export function linkTool(name: string, target: string): void {
  mkdirSync(toolsFolder(), { recursive: true });
  const link = join(toolsFolder(), name);
  if (existsSync(link) || isLink(link)) rmSync(link);
  symlinkSync(target, link);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

/** PATH with the tools first. */
export function toolsPath(): string {
  return `${toolsFolder()}:${process.env.PATH ?? ''}`;
}
