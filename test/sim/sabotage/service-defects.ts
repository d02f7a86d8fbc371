/** Defects between the network and the service. */
import type { Sabotage } from './sabotage.js';

export const SERVICE_DEFECTS: readonly Sabotage[] = [
  {
    name: 'billed-on',
    defect: 'the service detects the end of the client half a minute late, and bills this time',
    noticedBy: ['billing-ends'],
    tamperService: (service, time) => ({
      token: (call) => service.token(call),
      upgrade: (call) =>
        service.upgrade({
          url: call.url,
          headers: call.headers,
          refuse: (status, headers, body) => call.refuse(status, headers, body),
          hang: () => call.hang(),
          reset: () => call.reset(),
          accept: (opened) =>
            call.accept((connect) =>
              opened((sink) =>
                connect({
                  message: (bytes) => sink.message(bytes),
                  disconnected: () => void time.plan('outside', 30_000, () => sink.disconnected()),
                  closed: (code, reason) =>
                    void time.plan('outside', 30_000, () => sink.closed(code, reason)),
                }),
              ),
            ),
        }),
    }),
  },
];
