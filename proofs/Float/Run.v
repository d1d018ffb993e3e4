(* Runs straight-line programs of ops at floats and compares their results with expected ones. *)
From Coq Require Import ZArith String List Bool PrimFloat.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Op Float.FloatScalar.
Import ListNotations.

(* The tensor with these elements in row-major order. *)
Definition tensor_of (s : shape) (elements : list float) : idx -> float :=
  tab Fscal s (fun i => nth (Z.to_nat (ravel s i)) elements nan).
Definition elements_of (s : shape) (x : idx -> float) : list float := map x (indices s).

(* One value: given, or made by an op from earlier ones. *)
Inductive value :=
| Given (t : ty) (elements : list float)
| Made (o : op) (operands : list nat) (t : ty).
Definition known := (ty * (idx -> float))%type.
(* None where the op does not have this type: it is outside the certified domain. *)
Definition value_of (before : list known) (v : value) : option known :=
  match v with
  | Given t elements => Some (t, tensor_of (snd t) elements)
  | Made o operands t =>
      let xs := map (fun k => nth k before ((F64, []), fun _ => nan)) operands in
      let ats := map fst xs in
      match infer o ats with
      | Some rt => if ty_eqb rt t then Some (t, sem Fscal o ats t (map snd xs)) else None
      | None => None
      end
  end.
Fixpoint run (before : list known) (vs : list value) : option (list known) :=
  match vs with
  | [] => Some before
  | v :: vs => match value_of before v with Some x => run (before ++ [x]) vs | None => None end
  end.

Open Scope float_scope.
(* Equal, both no number, or within the error that is allowed for a number of this size. *)
Definition close (tolerance a e : float) : bool :=
  let size := if abs e <? 1 then 1 else abs e in
  (a =? e) || (is_nan a && is_nan e) || ((abs e <? infinity) && (abs (a - e) <=? tolerance * size)).

(* Value number `place` should have these elements. *)
Record expectation := Expect { place : nat; tolerance : float; expected : list float }.
Record case := Case { title : string; values : list value; expectations : list expectation }.
Inductive outcome := Passes | Differs (actual : list (list float)) | Outside.
Definition outcome_of (c : case) : outcome :=
  match run [] (values c) with
  | None => Outside
  | Some known =>
      let actual e := let '(t, x) := nth (place e) known ((F64, []), fun _ => nan) in elements_of (snd t) x in
      if forallb (fun e => all2 (close (tolerance e)) (actual e) (expected e)) (expectations c)
      then Passes else Differs (map actual (expectations c))
  end.
Definition passes (c : case) : bool := match outcome_of c with Passes => true | _ => false end.
Definition count (cs : list case) : nat := length (filter passes cs).
(* The cases that do not pass, and what they do. *)
Definition failures (cs : list case) : list (string * outcome) :=
  map (fun c => (title c, outcome_of c)) (filter (fun c => negb (passes c)) cs).
