// @ts-check
/** The configuration of nginx in front of the service, for each situation. */
import { fileURLToPath } from 'node:url';

const tls = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../../support/tls/${name}.pem`, import.meta.url));

/** @type {import('./proxy-process.mjs').ProxyKind} */
export const NGINX = {
  program: 'nginx',
  command: (folder) => ['-p', folder, '-e', `${folder}/error.log`, '-c', `${folder}/nginx.conf`],
  reloadSignal: 'SIGHUP',
  stopSignal: 'SIGTERM',
  files: (folder, port, { upstreams, answer, rateLimit, idleTimeoutS = 60, certificate }) => ({
    'nginx.conf': `
daemon off;
worker_processes 1;
worker_shutdown_timeout 1s;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
  uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  ${rateLimit === undefined ? '' : `limit_req_zone $server_name zone=all:64k rate=${rateLimit.perSecond}r/s;`}
  upstream service {
    ${upstreams.map((upstream) => `server 127.0.0.1:${upstream} max_fails=1 fail_timeout=1s;`).join('\n    ')}
  }
  server {
    listen 127.0.0.1:${port}${certificate === undefined ? '' : ' ssl'};
    server_name front;
    ${certificate === undefined ? '' : `ssl_certificate ${tls(certificate)}; ssl_certificate_key ${tls(`${certificate}-key`)};`}
    location / {
      ${answer === undefined ? '' : `return ${answer};`}
      ${rateLimit === undefined ? '' : `limit_req zone=all burst=2 nodelay; limit_req_status ${rateLimit.status};`}
      proxy_pass http://service;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_connect_timeout 1s;
      proxy_read_timeout ${idleTimeoutS}s;
    }
  }
}
`,
  }),
};
