(* A whole program as a StableHLO module, byte for byte as src/print/stablehlo.cpp writes it. *)
From Coq.Strings Require Import Byte.
From Coq Require Import ZArith List Bool PArith FMapPositive.
From Pullback Require Import Base.Index Syntax Print.Bytes Print.Type Print.Name Print.Instr.
Import ListNotations.

(* The arguments and the instructions' results: id, name, type. *)
Definition value := (positive * (name * ty))%type.
Definition values_of (arguments : list value) (p : prog) : list value :=
  arguments ++ map (fun i => (res i, (iname i, rty i))) p.
Definition map_of {X} (l : list (positive * X)) : PositiveMap.t X :=
  fold_left (fun m v => PositiveMap.add (fst v) (snd v) m) l (PositiveMap.empty X).

(* The identities in use, in the order add, max and f32, f64, i32, i1. *)
Definition uses (r : reduction) (e : elt) (i : instr) : bool :=
  match iop i, r with
  | Reduce RAdd _, RAdd | Reduce RMax _, RMax | ReduceWindow RAdd _, RAdd | ReduceWindow RMax _, RMax
  | SelectAndScatter _, RAdd => elt_eqb (fst (rty i)) e
  | _, _ => false
  end.
Definition all_identities : list (reduction * elt) :=
  [(RAdd, F32); (RAdd, F64); (RAdd, I32); (RAdd, I1); (RMax, F32); (RMax, F64); (RMax, I32); (RMax, I1)].
Definition used_identities (p : prog) : list (reduction * elt) :=
  filter (fun d => existsb (uses (fst d) (snd d)) p) all_identities.

(* Every name is legal; those of the module, with the identities' and the regions', are distinct. *)
Definition reserved_names : list name :=
  map (fun d => identity_name (fst d) (snd d) []) all_identities ++ map bytes_of ["%$x"; "%$y"; "%$z"].
Definition names_ok (values : list value) : bool :=
  let names := map (fun v => fst (snd v)) values in
  forallb name_ok names && distinct (reserved_names ++ map print_name names).

(* Every operand and result has a name. *)
Definition named (m : names) (l : list positive) : bool := forallb (fun v => PositiveMap.mem v m) l.

Section Module.
  Variables (m : names) (types : PositiveMap.t ty).
  Definition print_argument (a : value) : text :=
    raw (print_name (fst (snd a))) & str ": " & print_type (snd (snd a)).
  Definition print_type_of (v : positive) : text :=
    match PositiveMap.find v types with Some t => print_type t | None => empty_text end.
  Definition print_return (results : list positive) : text :=
    str "    return"
    & match results with
      | [] => empty_text
      | _ => str " " & print_values m results & str " : " & sep ", " print_type_of results
      end
    & str "
  }
}
".
  Definition print_instrs (p : prog) : text := fun k => fold_right (print_instr m) k p.
  Definition print_text (modname : name) (arguments : list value) (results : list positive) (p : prog)
     : text :=
    str "module @" & raw (module_name modname) & str " {
  func.func public @main(" & sep ", " print_argument arguments & str ") -> ("
    & sep ", " print_type_of results & str ") {
"   & (fun k => fold_right (fun d => identity_line (fst d) (snd d)) k (used_identities p))
    & print_instrs p & print_return results.
End Module.

(* None if it has no text: a composite, an illegal name, two values of one name, a value of no name. *)
Definition print_module (modname : name) (arguments : list value) (results : list positive) (p : prog)
  : option (list byte) :=
  let values := values_of arguments p in
  let m := map_of (map (fun v => (fst v, print_name (fst (snd v)))) values) in
  let types := map_of (map (fun v => (fst v, snd (snd v))) values) in
  if names_ok values && forallb op_printable p && forallb (fun i => named m (args i)) p && named m results
  then Some (print_text m types modname arguments results p [])
  else None.
