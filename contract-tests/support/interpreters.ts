import { spawnSync } from 'node:child_process';

const hasVersion = (command: string, version: RegExp): boolean => {
  const { stdout, stderr } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return version.test(`${stdout}${stderr}`);
};

/** Whether this machine has what runs the clients of spec/clients, in the versions that spec/README.md names. */
export const interpreters: Record<string, boolean> = {
  python3: hasVersion('python3', /^Python 3\.(9|\d\d)\./),
  java: hasVersion('java', /^(openjdk|java) (1[7-9]|[2-9]\d)[. ]/m) && hasVersion('javac', /^javac /),
};
