-- A database of revision 0003: what the sample before it holds, and an asset.
-- Session, key and every id in it are made up. Its sessions open with the key "a made-up key, 32 characters long".
BEGIN TRANSACTION;
CREATE TABLE accounts (
	id VARCHAR NOT NULL, 
	health VARCHAR NOT NULL, 
	cooling_until DOUBLE, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO "alembic_version" VALUES('0003');
CREATE TABLE artifacts (
	id VARCHAR NOT NULL, 
	job_id VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	"index" INTEGER NOT NULL, 
	part INTEGER NOT NULL, 
	item_id VARCHAR, 
	source_url TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	dimensions TEXT, 
	extension VARCHAR NOT NULL, 
	exact TEXT, 
	convert VARCHAR, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	attempted_at DOUBLE, 
	bytes BIGINT, 
	sha256 VARCHAR, 
	media_type VARCHAR, 
	file VARCHAR, 
	fetched_at DOUBLE, 
	seconds DOUBLE, 
	cover_of VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "artifacts" VALUES('art_vogpyhd5ohxwxp6orrp7p7biqi','job_lc3msxs6buguptnnchv4to7ste','own_osqkii4txllthejjresvgycdwa','image',0,0,'7589097680395774589','http://127.0.0.1:40073/tos-useast8-i-wopfjsm1ax/3871cf7dbab300af05aca68acaef2a7d~tplv-wopfjsm1ax-aigc_resize:0:0.png?lk3s=43402efa&x-expires=1795223063&x-signature=v50JWrmcygMB5GIrpoDnuNFe%2BQ0%3D&format=.png',1.79521946339004898072e+09,'{"width":2048,"height":2048}','png',NULL,NULL,'stored',0,NULL,4423,'d6bc8fc85f9264151c7d49b239b058562f723ac7b202df237f580b592503265a','image/png','vo/art_vogpyhd5ohxwxp6orrp7p7biqi.png',1.79521946343841075897e+09,NULL,NULL);
INSERT INTO "artifacts" VALUES('art_nqvrj5quko5ivjl65ljpxfb3ha','job_lc3msxs6buguptnnchv4to7ste','own_osqkii4txllthejjresvgycdwa','image',1,0,'7560968948062717513','http://127.0.0.1:40073/tos-useast8-i-wopfjsm1ax/3871cf7dbab301aabcf0562b48618649~tplv-wopfjsm1ax-aigc_resize:0:0.png?lk3s=43402efa&x-expires=1795223063&x-signature=FbF4Hti%2B8%2BFKFqQBq8P3mSpxRFQ%3D&format=.png',1.79521946339004898072e+09,'{"width":2048,"height":2048}','png',NULL,NULL,'stored',0,NULL,4423,'3bec60430cc424e492f7893f9d9aaa5eee0dc8df082393c9b98b2fe9f8b2ccea','image/png','nq/art_nqvrj5quko5ivjl65ljpxfb3ha.png',1.79521946344292688364e+09,NULL,NULL);
CREATE TABLE assets (
	id VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	name TEXT, 
	media TEXT NOT NULL, 
	file VARCHAR NOT NULL, 
	created_at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "assets" VALUES('asset_q3h7zq5m2vwx4r6tncyk8d1bpe','own_osqkii4txllthejjresvgycdwa','fox.png','{"sha256":"3bec60430cc424e492f7893f9d9aaa5eee0dc8df082393c9b98b2fe9f8b2ccea","kind":"image","media_type":"image/png","extension":"png","bytes":11840,"file":"3b/3bec60430cc424e492f7893f9d9aaa5eee0dc8df082393c9b98b2fe9f8b2ccea.png","dimensions":{"width":640,"height":480},"seconds":null}','3b/3bec60430cc424e492f7893f9d9aaa5eee0dc8df082393c9b98b2fe9f8b2ccea.png',1795219464.0);
CREATE TABLE conversations (
	id VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	account_id VARCHAR NOT NULL, 
	site VARCHAR NOT NULL, 
	used_at DOUBLE NOT NULL, 
	PRIMARY KEY (id, owner)
)
 WITHOUT ROWID

;
INSERT INTO "conversations" VALUES('3f6c2f0e-7a2d-4a55-9c1b-2d1f0a6b7c8d','own_osqkii4txllthejjresvgycdwa','acct_dm3vrbfzvalxfjv5b2zo4vyclo','us',1795219464.0);
CREATE TABLE idempotency (
	scope VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	job_id VARCHAR NOT NULL, 
	expires_at DOUBLE NOT NULL, 
	PRIMARY KEY (scope, "key")
)
 WITHOUT ROWID

;
CREATE TABLE job_events (
	job_id VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	at DOUBLE NOT NULL, 
	name VARCHAR NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (job_id, seq), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "job_events" VALUES('job_lc3msxs6buguptnnchv4to7ste',1,1.7952194629641718864e+09,'leased','{}');
INSERT INTO "job_events" VALUES('job_lc3msxs6buguptnnchv4to7ste',2,1.7952194629660904407e+09,'intent','{}');
INSERT INTO "job_events" VALUES('job_lc3msxs6buguptnnchv4to7ste',3,1.79521946298473548887e+09,'accepted','{}');
INSERT INTO "job_events" VALUES('job_lc3msxs6buguptnnchv4to7ste',4,1.79521946338728308678e+09,'ended','{}');
INSERT INTO "job_events" VALUES('job_lc3msxs6buguptnnchv4to7ste',5,1.79521946339013409614e+09,'completed','{}');
INSERT INTO "job_events" VALUES('job_n5rjttbvvj5yvph7mjz4glh4p6',1,1.79521946482786178586e+09,'leased','{}');
INSERT INTO "job_events" VALUES('job_n5rjttbvvj5yvph7mjz4glh4p6',2,1.7952194648291220665e+09,'intent','{}');
INSERT INTO "job_events" VALUES('job_n5rjttbvvj5yvph7mjz4glh4p6',3,1.79521946483191919326e+09,'accepted','{}');
INSERT INTO "job_events" VALUES('job_tlzzd76ml3iiyvbbec2735kjhj',1,1.79521946441462063783e+09,'leased','{}');
INSERT INTO "job_events" VALUES('job_tlzzd76ml3iiyvbbec2735kjhj',2,1.7952194644157636166e+09,'intent','{}');
INSERT INTO "job_events" VALUES('job_tlzzd76ml3iiyvbbec2735kjhj',3,1.79521946441961145401e+09,'accepted','{}');
INSERT INTO "job_events" VALUES('job_tlzzd76ml3iiyvbbec2735kjhj',4,1.79521946482225465769e+09,'content_policy_violation','{}');
CREATE TABLE job_inputs (
	job_id VARCHAR NOT NULL, 
	file VARCHAR NOT NULL, 
	PRIMARY KEY (job_id, file), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "job_inputs" VALUES('job_lc3msxs6buguptnnchv4to7ste','3b/3bec60430cc424e492f7893f9d9aaa5eee0dc8df082393c9b98b2fe9f8b2ccea.png');
CREATE TABLE job_owners (
	job_id VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	created_at DOUBLE NOT NULL, 
	PRIMARY KEY (job_id, owner), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "job_owners" VALUES('job_lc3msxs6buguptnnchv4to7ste','own_osqkii4txllthejjresvgycdwa',1.79521946295999574663e+09);
INSERT INTO "job_owners" VALUES('job_tlzzd76ml3iiyvbbec2735kjhj','own_osqkii4txllthejjresvgycdwa',1.79521946441236209869e+09);
INSERT INTO "job_owners" VALUES('job_n5rjttbvvj5yvph7mjz4glh4p6','own_osqkii4txllthejjresvgycdwa',1.79521946482584476463e+09);
INSERT INTO "job_owners" VALUES('job_2tx2obkdrashfhmjllwggdvxfd','own_osqkii4txllthejjresvgycdwa',1.79521946553195619581e+09);
CREATE TABLE jobs (
	id VARCHAR NOT NULL, 
	owner VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	unended BOOLEAN NOT NULL, 
	epoch INTEGER NOT NULL, 
	request TEXT NOT NULL, 
	candidates TEXT NOT NULL, 
	created_at DOUBLE NOT NULL, 
	updated_at DOUBLE NOT NULL, 
	ended_at DOUBLE, 
	not_before DOUBLE NOT NULL, 
	account_id VARCHAR, 
	site VARCHAR, 
	attempts INTEGER NOT NULL, 
	progress TEXT NOT NULL, 
	error TEXT, 
	error_code VARCHAR, 
	partial BOOLEAN NOT NULL, 
	cancel_requested BOOLEAN NOT NULL, 
	delivered_at DOUBLE, 
	adopted_at DOUBLE, 
	cost BIGINT, 
	fingerprint VARCHAR NOT NULL, 
	task_shape BOOLEAN NOT NULL, 
	reply TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('job_lc3msxs6buguptnnchv4to7ste','own_osqkii4txllthejjresvgycdwa','image','completed',0,0,'{"prompt":"a finished fox","model":"jimeng-4.5","asked_model":"jimeng-4.5","count":2,"parts":[2],"ratio":"1:1","resolution":"2k","native":{"width":2048,"height":2048},"exact":null,"negative_prompt":"","sample_strength":0.5,"intelligent_ratio":false,"seed":null,"output_format":null,"ignored":[],"inputs":[],"strength":0.5,"series":false}','["acct_dm3vrbfzvalxfjv5b2zo4vyclo"]',1.79521946295999574663e+09,1.79521946339013409614e+09,1.79521946339013409614e+09,0.0,'acct_dm3vrbfzvalxfjv5b2zo4vyclo','us',1,'{"percent":100,"queue_position":null,"queue_length":null,"remaining":null,"items":2}',NULL,NULL,0,0,1.79521946340818262105e+09,NULL,8,'32bf77466ad93d46e394e067c288064f8a36970e0e54b53c1bed50c26bdd6208',0,NULL);
INSERT INTO "jobs" VALUES('job_tlzzd76ml3iiyvbbec2735kjhj','own_osqkii4txllthejjresvgycdwa','image','failed',0,0,'{"prompt":"a fox that is refused [sim:input-refused]","model":"jimeng-4.5","asked_model":"jimeng-4.5","count":1,"parts":[1],"ratio":"1:1","resolution":"2k","native":{"width":2048,"height":2048},"exact":null,"negative_prompt":"","sample_strength":0.5,"intelligent_ratio":false,"seed":null,"output_format":null,"ignored":[],"inputs":[],"strength":0.5,"series":false}','["acct_dm3vrbfzvalxfjv5b2zo4vyclo"]',1.79521946441236209869e+09,1.79521946482225465769e+09,1.79521946482225465769e+09,0.0,'acct_dm3vrbfzvalxfjv5b2zo4vyclo','us',1,'{"percent":0,"queue_position":null,"queue_length":null,"remaining":null,"items":0}','{"type":"ContentRefused","message":"The site refuses the text of the prompt.","code":"content_policy_violation","retry":"never","charged":"unknown","site_code":"2038","log_id":null,"param":"prompt","from_request":false}','content_policy_violation',0,0,NULL,NULL,NULL,'99780fb722865873e2b4fceb7a7f27f4fa0e2b2e59166ed2b4df6d4822842120',0,NULL);
INSERT INTO "jobs" VALUES('job_n5rjttbvvj5yvph7mjz4glh4p6','own_osqkii4txllthejjresvgycdwa','image','generating',1,0,'{"prompt":"a fox under way","model":"jimeng-4.5","asked_model":"jimeng-4.5","count":1,"parts":[1],"ratio":"1:1","resolution":"2k","native":{"width":2048,"height":2048},"exact":null,"negative_prompt":"","sample_strength":0.5,"intelligent_ratio":false,"seed":null,"output_format":null,"ignored":[],"inputs":[],"strength":0.5,"series":false}','["acct_dm3vrbfzvalxfjv5b2zo4vyclo"]',1.79521946482584476463e+09,1.79521946483191919326e+09,NULL,0.0,'acct_dm3vrbfzvalxfjv5b2zo4vyclo','us',1,'{"percent":0,"queue_position":null,"queue_length":null,"remaining":null,"items":0}',NULL,NULL,0,0,1.7952194648284242153e+09,NULL,NULL,'2e3a7173804b403ccc4e53417899dd6bbcab47275d349edc8552291635778671',0,NULL);
INSERT INTO "jobs" VALUES('job_2tx2obkdrashfhmjllwggdvxfd','own_osqkii4txllthejjresvgycdwa','image','queued',1,0,'{"prompt":"a fox that waits","model":"jimeng-4.5","asked_model":"jimeng-4.5","count":1,"parts":[1],"ratio":"1:1","resolution":"2k","native":{"width":2048,"height":2048},"exact":null,"negative_prompt":"","sample_strength":0.5,"intelligent_ratio":false,"seed":null,"output_format":null,"ignored":[],"inputs":[],"strength":0.5,"series":false}','["acct_dm3vrbfzvalxfjv5b2zo4vyclo"]',1.79521946553195619581e+09,1.79521946553195619581e+09,NULL,0.0,NULL,NULL,0,'{"percent":0,"queue_position":null,"queue_length":null,"remaining":null,"items":0}',NULL,NULL,0,0,1.79521946553445076949e+09,NULL,NULL,'4865ef82a1db501f2656f32c7566c8ea8279708041685f41b5ce59d391004485',0,NULL);
CREATE TABLE live_models (
	account_id VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	site VARCHAR NOT NULL, 
	models TEXT NOT NULL, 
	read_at DOUBLE NOT NULL, 
	PRIMARY KEY (account_id, kind)
)
 WITHOUT ROWID

;
INSERT INTO "live_models" VALUES('acct_dm3vrbfzvalxfjv5b2zo4vyclo','video','us','[]',1795219464.0);
CREATE TABLE sessions (
	account_id VARCHAR NOT NULL, 
	site VARCHAR NOT NULL, 
	sealed BLOB NOT NULL, 
	kept_at DOUBLE NOT NULL, 
	PRIMARY KEY (account_id)
);
INSERT INTO "sessions" VALUES('acct_dm3vrbfzvalxfjv5b2zo4vyclo','us',X'6741414141414272414F414A4F41424A5F71443764775531697A59474A4B79574E33492D5075646130635A58517233354838697352742D4E724646324A65593267627335746559474E5F4375793176457A4B696665493477436E417A326159525868567A6763746B754131524D68663754503136695F39553572566C70306F695442316462316936636D35496B6D31624D3737354C6574415879684D3070504C64796D333476756145713937573443786A74324A6A34733D',1.79521946553195619581e+09);
CREATE TABLE site_memory (
	digest VARCHAR NOT NULL, 
	site VARCHAR NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE submissions (
	job_id VARCHAR NOT NULL, 
	part INTEGER NOT NULL, 
	count INTEGER NOT NULL, 
	state VARCHAR NOT NULL, 
	submit_id VARCHAR, 
	account_id VARCHAR, 
	seed BIGINT NOT NULL, 
	sends INTEGER NOT NULL, 
	send_before DOUBLE, 
	sent_at DOUBLE, 
	looks INTEGER NOT NULL, 
	record_id VARCHAR, 
	accepted_at DOUBLE, 
	ended_at DOUBLE, 
	PRIMARY KEY (job_id, part), 
	FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE, 
	UNIQUE (submit_id)
)
 WITHOUT ROWID

;
INSERT INTO "submissions" VALUES('job_lc3msxs6buguptnnchv4to7ste',0,2,'ended','c223c07a-ac8b-4257-8b2e-150c7273afd9','acct_dm3vrbfzvalxfjv5b2zo4vyclo',0,1,1.79521946396605658531e+09,1.79521946296605658527e+09,0,'62061463583411',1795219462.984,1.79521946339004898072e+09);
INSERT INTO "submissions" VALUES('job_n5rjttbvvj5yvph7mjz4glh4p6',0,1,'accepted','ff115963-cf64-45c5-bb1f-4d177e7e514f','acct_dm3vrbfzvalxfjv5b2zo4vyclo',0,1,1.79521946582908916477e+09,1.79521946482908916473e+09,0,'42858918601123',1795219464.831,NULL);
INSERT INTO "submissions" VALUES('job_tlzzd76ml3iiyvbbec2735kjhj',0,1,'accepted','e21ed12e-9d4d-4a15-9ddf-8c6cc4b4c75a','acct_dm3vrbfzvalxfjv5b2zo4vyclo',0,1,1.79521946541572976108e+09,1.79521946441572976117e+09,0,'28917292888979',1795219464.419,NULL);
CREATE TABLE timings (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	seconds DOUBLE NOT NULL, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "timings" VALUES(1,'us|jimeng-4.5|image|2k',4.03064012527465820312e-01,1.79521946338710689547e+09);
CREATE TABLE uploads (
	account_id VARCHAR NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	uri VARCHAR, 
	vid VARCHAR, 
	dimensions TEXT, 
	seconds DOUBLE, 
	at DOUBLE NOT NULL, 
	PRIMARY KEY (account_id, sha256)
)
 WITHOUT ROWID

;
INSERT INTO "uploads" VALUES('acct_dm3vrbfzvalxfjv5b2zo4vyclo','3bec60430cc424e492f7893f9d9aaa5eee0dc8df082393c9b98b2fe9f8b2ccea','tos-useast8-i-wopfjsm1ax/0f3a5a1b2c3d4e5f',NULL,'{"width":640,"height":480}',NULL,1795219464.0);
CREATE INDEX ix_jobs_fingerprint ON jobs (fingerprint, created_at);
CREATE INDEX ix_jobs_error_code ON jobs (error_code);
CREATE INDEX ix_jobs_adopted ON jobs (adopted_at) WHERE adopted_at IS NOT NULL;
CREATE INDEX ix_jobs_unended ON jobs (unended, created_at);
CREATE INDEX ix_uploads_at ON uploads (at);
CREATE INDEX ix_idempotency_job_id ON idempotency (job_id);
CREATE INDEX ix_idempotency_expires_at ON idempotency (expires_at);
CREATE INDEX ix_timings_key ON timings ("key", id);
CREATE INDEX ix_conversations_used_at ON conversations (used_at);
CREATE INDEX ix_assets_owner ON assets (owner, created_at, id);
CREATE INDEX ix_job_owners_owner ON job_owners (owner, created_at, job_id);
CREATE INDEX ix_artifacts_state ON artifacts (state, created_at);
CREATE INDEX ix_artifacts_job_id ON artifacts (job_id);
COMMIT;
