//! `get` and `list` as a table.

use http::Method;
use steersman_meta::{Table, Verb};

use crate::{
    Error,
    call::Call,
    exchange::{Exchange, Refusal},
    form::TABLE,
    place::Reach,
    shard::ShardCheck,
    verbs::{Get, List, awaits},
};

/// Reads one object as a table. Awaited, it gives the [`Table`].
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct GetTable {
    get: Get,
}

/// Lists objects as a table. Awaited, it gives the [`Table`]: of all objects, or with a limit of the first page.
#[derive(Debug)]
#[must_use = "a verb does nothing until it is awaited"]
pub struct ListTable {
    list: List,
}

impl Get {
    /// Reads the object as the server shows it to people, as a table of one row.
    pub fn as_table(self) -> GetTable {
        GetTable { get: self }
    }
}

impl List {
    /// Lists the objects as the server shows them to people, as a table.
    ///
    /// ```no_run
    /// # async fn doc(pods: steersman_dynamic::Resource) -> Result<(), steersman_dynamic::Error> {
    /// let pods = pods.all_namespaces().list().labels("app=web").as_table().await?;
    /// print!("{}", pods.text().wide().with_namespaces());
    /// # Ok(())
    /// # }
    /// ```
    pub fn as_table(self) -> ListTable {
        ListTable { list: self }
    }
}

impl GetTable {
    crate::extras::raw_answer!(exchange);

    fn prepare(self) -> Result<Exchange, Error> {
        let (resource, name, options) = self.get.into_parts();
        let call = Call::object(&resource, "get", Verb::Get, &name, None)?;
        call.accepting(TABLE).exchange(Method::GET, &options.query(), None)
    }

    async fn send(self) -> Result<Table, Error> {
        table(self.prepare()?, None).await
    }
}

awaits!(GetTable => Table);

impl ListTable {
    crate::extras::raw_answer!(exchange);

    fn prepare(self) -> Result<Exchange, Error> {
        let (resource, options) = self.list.into_parts();
        let call = Call::collection(&resource, "list", Verb::List, Reach::Any, None)?;
        options.check().map_err(|error| call.failed(error))?;
        call.accepting(TABLE).exchange(Method::GET, &options.query(), None)
    }

    async fn send(self) -> Result<Table, Error> {
        let shard = self.list.shard_check();
        table(self.prepare()?, shard).await
    }
}

awaits!(ListTable => Table);

async fn table(exchange: Exchange, shard: Option<ShardCheck>) -> Result<Table, Error> {
    let (attempt, _, body) = exchange.whole(Refusal::Error).await?;
    let table = Table::parse(body).map_err(|error| attempt.failed(error))?;
    if let Some(shard) = shard {
        let rows = || table.rows.iter().try_for_each(|row| shard.row(row));
        shard.metadata(&table.metadata).and_then(|()| rows()).map_err(|error| attempt.failed(error))?;
    }
    Ok(table)
}
