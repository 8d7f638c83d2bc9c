/** The page distrusts itself when it is older than this. The function renders it every minute. */
export const staleMs = 180_000;

/**
 * The script of the status page: it states the age of the page, warns when the page is too old, and
 * replaces the contents every minute unless the reader's focus or input is in them. The page is
 * complete without it. The clock of the server counts, once it is known.
 */
export const script = `
(()=>{const root=document.documentElement;let skew=0;
const check=()=>{const age=Date.now()+skew-Number(root.dataset.rendered);const stale=age>${staleMs};
root.classList.toggle("stale",stale);const warning=document.getElementById("stale");if(warning)warning.hidden=!stale;
const text=document.getElementById("age");if(text)text.textContent=age<60000?"Updated less than a minute ago.":"Updated "+Math.floor(age/60000)+" min ago."};
const refresh=async()=>{try{const reply=await fetch(location.href,{cache:"no-cache"});if(!reply.ok)return;
const date=Date.parse(reply.headers.get("date")||"");if(date)skew=date+1000*Number(reply.headers.get("age")||0)-Date.now();
const next=new DOMParser().parseFromString(await reply.text(),"text/html");const main=next.querySelector("main");const now=document.querySelector("main");
const filled=[...document.querySelectorAll("main input")].some(({type,checked,value})=>type==="checkbox"?checked:value);
if(!main||!now||filled||now.contains(document.activeElement))return;now.replaceWith(main);root.dataset.rendered=next.documentElement.dataset.rendered}catch{}finally{check()}};
check();setInterval(check,5000);setInterval(refresh,60000)})()
`
  .trim()
  .replaceAll(/\n/g, "");
