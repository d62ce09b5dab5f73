//! Prints the OpenAPI document of the server, for `make generate`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("{}", serde_json::to_string_pretty(&podtrail::http::openapi())?);
    Ok(())
}
