import { startMockService } from '../kit/mock/front.ts';
import { startPrism } from '../kit/mock/prism.ts';
import { startStorage, storeExport } from './storage.ts';

/** A service without an account: Prism plays the contract, Azurite holds the blobs, and each export tells the whole story. */
export async function startMock(
  blobs: Record<string, Uint8Array>,
  { port = 0, storagePort = 0 } = {},
): Promise<{ url: string; storageUrl: string; close: () => Promise<void> }> {
  const running: { close: () => Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(running.map((each) => each.close()));
  };
  try {
    const storage = await startStorage(storagePort);
    running.push(storage);
    const prism = await startPrism();
    running.push(prism);
    const stored = await storeExport(storage.url, blobs);
    const story = ['notStarted', 'running', 'succeededEmbedded'];
    const service = await startMockService(prism.url, story, () => stored.manifest(), {
      port,
      refuseUnknownIds: true,
    });
    running.push(service);
    return { url: service.url, storageUrl: storage.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
