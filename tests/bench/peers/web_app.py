# SPDX-License-Identifier: Apache-2.0
"""What one would write today: POST /v1/events with FastAPI, Pydantic and SQLAlchemy, into SQLite.

BENCH_VARIANT picks how: `threads` is a plain function, run in FastAPI's thread pool with a session of its
own; `lock` is a coroutine that inserts on one connection behind a lock. Both commit each request, durably
(WAL, synchronous=FULL). Run as a program it makes the database named by BENCH_DATABASE.
"""
import asyncio
import os
import time
import uuid
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import JSON, Column, Float, Integer, String, create_engine, event
from sqlalchemy.orm import declarative_base, sessionmaker

engine = create_engine("sqlite:///" + os.environ["BENCH_DATABASE"],
                       connect_args={"check_same_thread": False, "timeout": 20})
Session = sessionmaker(engine, expire_on_commit=False)
Base = declarative_base()
app = FastAPI()


@event.listens_for(engine, "connect")
def tune(connection, _record):
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


class Stored(Base):
    __tablename__ = "event"
    seq = Column(Integer, primary_key=True)
    id = Column(String, nullable=False)
    type = Column(String, nullable=False, index=True)
    recorded = Column(Float, nullable=False)
    data = Column(JSON)


class Draft(BaseModel):
    type: str
    data: Any = None


def insert(session, draft: Draft) -> dict:
    row = Stored(id=str(uuid.uuid4()), type=draft.type, recorded=time.time(), data=draft.data)
    session.add(row)
    session.commit()
    session.expunge(row)
    return {"receipts": [{"id": row.id, "sequence": f"{row.seq:016}", "duplicate": False}]}


def publish_in_a_thread(draft: Draft) -> dict:
    with Session() as session:
        return insert(session, draft)


lock = asyncio.Lock()
shared = Session()


async def publish_behind_a_lock(draft: Draft) -> dict:
    async with lock:
        return insert(shared, draft)


VARIANTS = {"threads": publish_in_a_thread, "lock": publish_behind_a_lock}
app.post("/v1/events")(VARIANTS[os.environ.get("BENCH_VARIANT", "threads")])


@app.get("/readyz")
async def readyz():
    return {"status": "ok"}


if __name__ == "__main__":
    Base.metadata.create_all(engine)
