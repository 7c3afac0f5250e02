// A process that subscribes to one subject and stamps what it is told.
import type { News } from './crowd.ts';
import { NatsLine, type NatsServer } from './nats-line.ts';

export interface SubscriberSetup {
  readonly server: NatsServer;
  readonly subject: string;
}

const { server, subject } = JSON.parse(process.argv[2] ?? '{}') as SubscriberSetup;
const tell = (news: News) => process.send?.(news);
process.on('disconnect', () => process.exit(0)); // the parent is gone: so is the reason to live
const line = await NatsLine.open(server, (payload) => {
  const { id } = JSON.parse(payload);
  tell({ got: id, at: Date.now() });
});
await line.subscribe(subject);
tell({ ready: true });
