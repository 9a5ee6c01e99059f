import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A standalone Spark cluster on this machine. */
export interface Cluster {
  url: string;
  close: () => Promise<void>;
}

/** Starts a master and two workers with one core each, on free ports. Their files go to a directory. */
export async function startCluster(env: NodeJS.ProcessEnv, directory: string): Promise<Cluster> {
  const processes: ChildProcess[] = [];
  const close = async () => {
    for (const child of processes.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill();
      await once(child, 'exit');
    }
  };

  /** Starts a daemon, and returns what its log says when it is ready. */
  async function start(daemon: string, ready: RegExp, ...args: string[]): Promise<string> {
    const options = ['--host', '127.0.0.1', '--port', '0', '--webui-port', '0', ...args];
    const child = spawn('spark-class', [`org.apache.spark.deploy.${daemon}`, ...options], {
      env: { ...env, SPARK_WORKER_DIR: directory, SPARK_NO_DAEMONIZE: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    processes.push(child);
    const log: string[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      log.push(line);
      const [, found = ''] = ready.exec(line) ?? [];
      // The daemon goes on to log.
      if (found) return child.stderr.resume() && found;
    }
    throw new Error(`${daemon} did not start: ${log.join('\n')}`);
  }

  try {
    const url = await start('master.Master', /(spark:\/\/127\.0\.0\.1:[1-9]\d*)/);
    for (const _ of ['one', 'two']) {
      await start('worker.Worker', /(Successfully registered with master)/, '--cores', '1', '--memory', '1g', url);
    }
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
